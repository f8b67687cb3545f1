"""Rows are the domain objects: their states, invariants and queries live here.

    Account 1─* AccessKey            Image 1─* ImageDevice *─1 Snapshot
    Account 1─* Vpc 1─* Subnet       Image 1─* LaunchPermission
    Vpc 1─* SecurityGroup 1─* SecurityGroupRule
    Instance 1─* NetworkInterface *─* SecurityGroup
    Instance 1─* Attachment 1─1 Volume *─1 Snapshot
    Tag, Flow, ClientToken refer to a resource by id

Every regional row carries `account_id` and `region`; nothing is looked up without both, except by the
flows, which act for the system.
"""
