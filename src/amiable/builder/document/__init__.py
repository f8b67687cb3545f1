"""Component documents: the language of AWSTOE, read and checked without running anything.

    text ──source──► values with places ──parse──► Document, or Invalid: every problem, with its place
    expression    {{ … }}: parameters, constants, earlier steps, loops
    condition     comparisons and and/or/not, of `if` and of Assert
    modules       the table of action modules and their inputs

What a document does on a guest is `builder.run`'s matter. The language is that of
https://docs.aws.amazon.com/imagebuilder/latest/userguide/toe-use-documents.html; where that page is silent
or contradicts itself, docs/decisions/0003-component-documents.md says what holds here.
"""
