"""Workflow documents: what Image Builder does in each stage of a build.

actions.py   the table of step actions: stages, inputs, time-outs
parse.py     text → Workflow, or every problem with its place
resolve.py   `$.stepOutputs.Step.name`, `{{ $.… }}`, conditions
managed/     the documents that run when a build names none
"""
