"""Every error that tells of unusable input or an unfriendly world, with its exit code."""

from __future__ import annotations

from chargebench.errors import EXIT_FAILED, EXIT_UNUSABLE, Exits

KNOWN: Exits = {
    "builtins.OSError": EXIT_UNUSABLE,
    "chargebench.errors.Failed": EXIT_FAILED,
    "chargebench.errors.Unusable": EXIT_UNUSABLE,
    "conformance.declaration.DeclarationError": EXIT_UNUSABLE,
    "conformance.registry.UnknownCase": EXIT_UNUSABLE,
    "conformance.rigfile.RigError": EXIT_UNUSABLE,
    "csms_reference.settings.SettingsError": EXIT_UNUSABLE,
    "csms_reference.store.errors.StoreError": EXIT_UNUSABLE,
    "loadtest.csms.CsmsLost": EXIT_FAILED,
    "loadtest.mishaps.FleetError": EXIT_FAILED,
    "loadtest.identities.IdentityError": EXIT_UNUSABLE,
    "loadtest.plan.PlanError": EXIT_UNUSABLE,
    "loadtest.room.NoRoom": EXIT_UNUSABLE,
    "loadtest.shapes.ShapeError": EXIT_UNUSABLE,
    "protocol.security.SecurityError": EXIT_UNUSABLE,
    "protocol.transports.port.PortTaken": EXIT_UNUSABLE,
    "reports.recording.RunError": EXIT_UNUSABLE,
    "reports.signature.SignatureError": EXIT_UNUSABLE,
    "scenarios.access.AccessError": EXIT_UNUSABLE,
    "scenarios.source.ScenarioError": EXIT_UNUSABLE,
    "simulator.document.ProfileError": EXIT_UNUSABLE,
    "simulator.state.keeper.StateError": EXIT_UNUSABLE,
}
"""By full name: most commands never load most rooms, and what is not loaded cannot have raised anything."""
