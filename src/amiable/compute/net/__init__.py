"""Networks of VPCs: namespaces, bridges, nftables, DHCP, the metadata service. See docs/network.md.

wanted                          frozen values: what a VPC should be
vpc                             ensure, remove, reconcile, teardown
tap                             a port's descriptor for QEMU
metadata                        the metadata service, served from this process
names, addresses                pure arithmetic
nft, host_rules, dhcp, plans    wanted → text; pure
tables, links, sysctls, flows, dnsmasq, inside    text → kernel and processes
imds, imds_http, tree, tokens, identity           what the metadata service says
"""
