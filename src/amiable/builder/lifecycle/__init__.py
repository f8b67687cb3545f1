"""Lifecycles of images: what a policy or StartResourceStateUpdate does to builds and their AMIs.

choice.py  which builds a policy acts on, and how
plan.py    what that means for each build and each AMI, exclusions included
story.py   plan ► act ► done
daily.py   policies run once a day
"""
