"""The block store: disks as deduplicated 512 KiB chunks, on a local directory or S3. See docs/store.md.

layout                    where everything lies in a store; names checked
store                     what a backend must do, as roles (read ⊂ write ⊂ prune); open_store(url)
local, objects, files     the backends: plain files made durable; S3 and memory
chunk                     the content of one block: its id, its stored form, fetching it checked
manifest                  the blocks of one snapshot
source                    what a disk must offer to be ingested; raw files
lease, condemned          the two flags by which ingest and collection see each other
ingest, pipeline          disk → store
upload                    blocks that a client puts one by one, as a source for ingest
replicate                 store → store
hydrate, reader           store → file, store → any range
cache                     a host's hydrated base images
delete, collect, verify   what goes, and whether what stays is whole
"""
