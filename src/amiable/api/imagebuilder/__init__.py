"""EC2 Image Builder (API version 2019-12-02).

    arns.py       names and versions in ARNs, wildcards included
    faults.py     the service's errors
    resources.py  what all resources share: create, find, list, delete
    shapes.py     what Get and List show
    components.py recipes.py infrastructure.py distribution.py pipelines.py workflows.py policies.py tags.py …

Containers and Windows are not built: their operations answer UnsupportedOperation, their parameters
are refused.
"""
