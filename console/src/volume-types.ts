/** api/ec2/volume_types.py: TYPES, the usual ones first. */
export const VOLUME_TYPES = ["gp3", "gp2", "io1", "io2", "st1", "sc1", "standard"];
