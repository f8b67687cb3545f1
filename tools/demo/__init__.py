"""./demo: the founding story, played against a real server with the AWS CLI, boto3 and OpenSSH.

__main__  words → server → story → verdict → how to go on, or everything torn down
story     the steps, in order
guest     what a person sets up on *test*, and how it looks from inside a machine
verdict   what must have arrived on *production*, and what must be its own
clients   the AWS CLI, boto3, ssh, HTTP: every command is shown as it is run
server    the server behind the story: started, found again, stopped
screen    what is printed, and the time beside each step
"""
