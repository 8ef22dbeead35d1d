"""People as hands: who answers first counts, and a CSMS answers for whoever made it send something."""

import asyncio

import pytest

from conformance.operations import OPERATIONS, Operation
from conformance.rigs import Unable
from conformance.rigs.prompt import Left, PromptHands, Question, Terminal, actions_of
from conformance.vocabulary import CSMS, STATION


class Someone:
    """Answers after a while, or is seen to have been told to stop."""

    def __init__(self, answer=None, after_s=0.0):
        self.answer, self.after_s = answer, after_s
        self.asked, self.stopped = [], False

    async def ask(self, question):
        self.asked.append(question)
        try:
            await asyncio.sleep(self.after_s)
        except asyncio.CancelledError:
            self.stopped = True
            raise
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def keyboard(*lines):
    said, queue = [], asyncio.Queue()
    for line in lines:
        queue.put_nowait(line)
    return Terminal(said.append, queue), said


async def test_a_person_is_told_what_the_case_wants():
    someone = Someone()
    hands = PromptHands(STATION, [someone], occasion="TC_E_03_CS")
    await hands.find("plug")(evse=1, connector=2)
    (question,) = someone.asked
    assert question.sentence == "Connect an EV that wants energy to connector 2 of EVSE 1."
    assert question.details[0] == ("evse", "EVSE, counted from 1", "1")
    assert question.occasion == "TC_E_03_CS"
    assert hands.find("fly") is None
    assert PromptHands(STATION, [someone], lambda name: False).find("plug") is None


async def test_the_first_answer_counts_and_the_other_is_not_waited_for():
    slow, quick = Someone("slow", 30), Someone("quick")
    assert await PromptHands(STATION, [slow, quick]).find("power_on")() == "quick"
    assert slow.stopped


async def test_who_cannot_and_who_has_left():
    with pytest.raises(Unable, match="cannot"):
        await PromptHands(STATION, [Someone(Unable("cannot")), Someone(after_s=30)]).find("power_on")()
    assert await PromptHands(STATION, [Someone(Left()), Someone("here", 0.01)]).find("power_on")() == "here"
    with pytest.raises(Unable, match="nobody to ask"):
        await PromptHands(STATION, [Someone(Left())]).find("power_on")()


async def test_enter_says_done_and_s_that_it_cannot_be():
    terminal, said = keyboard("what?\n", "\n", "S\n")
    hands = PromptHands(STATION, [terminal], occasion="TC_X")
    assert await hands.find("power_off")() is None
    assert said == [
        "TC_X\n  Cut the station's power.",
        "  [Enter when done; s: cannot be done]",
        "  [Enter when done; s: cannot be done]",
    ]
    with pytest.raises(Unable, match="the operator cannot: Cut the station's power"):
        await hands.find("power_off")()


async def test_the_end_of_the_input_is_nobody():
    terminal, _ = keyboard("")
    for _ in range(2):
        with pytest.raises(Unable, match="nobody to ask"):
            await PromptHands(STATION, [terminal]).find("power_off")()


@pytest.mark.parametrize(("typed", "means"), [("y", True), ("No", False), ("", None), ("perhaps", None)])
def test_yes_and_no(typed, means):
    question = Question(1, OPERATIONS[STATION, "ready"], "")
    assert question.yes_or_no
    if means is None:
        with pytest.raises(ValueError, match="y or n"):
            question.read(typed)
    else:
        assert question.read(typed) is means


def test_a_result_is_typed():
    question = Question(1, Operation("x", STATION, "", {}, "the serial number"), "")
    assert question.read(" 007 ") == "007"
    with pytest.raises(ValueError, match="type the serial number"):
        question.read("")


async def test_the_message_itself_says_that_the_command_was_given():
    someone = Someone(after_s=30)
    hands = PromptHands(CSMS, [someone])
    asked = asyncio.create_task(hands.find("command.reset")(kind="Immediate"))
    await asyncio.sleep(0)
    hands.heard("GetVariables")
    await asyncio.sleep(0)
    assert not asked.done()
    hands.heard("Reset")
    assert await asked is None
    assert someone.stopped
    hands.heard("Reset")  # nobody waits for it any longer


def test_every_command_names_its_message():
    unnamed = [each.name for each in OPERATIONS.values() if each.name.startswith("command.") and not actions_of(each)]
    assert unnamed == []
    assert actions_of(OPERATIONS[CSMS, "provision.token"]) == ()
    assert actions_of(OPERATIONS[CSMS, "command.trigger"]) == ("TriggerMessage", "ExtendedTriggerMessage")
