"""Networks of VPCs: namespaces, bridges, nftables, DHCP, the metadata service. See docs/network.md.

wanted      frozen values: what a VPC should be           names, addresses   pure arithmetic
vpc         ensure, remove, reconcile, teardown           tap                a port's descriptor for QEMU
nft, host_rules, dhcp   wanted → text                     tables, links, dnsmasq, flows   text → kernel, processes
metadata    serves 169.254.169.254 from this process      tree, tokens, imds_http, identity   what it says
"""
