import os

# Importing locust has gevent take over sockets and threads, which is for Locust's own processes and not for this one.
os.environ["LOCUST_SKIP_MONKEY_PATCH"] = "1"
