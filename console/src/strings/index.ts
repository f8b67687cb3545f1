/** All words of the console that are ours, a file an area; Cloudscape's own come from its messages. */
export * from "./builder";
export * from "./common";
export * from "./compute";
export * from "./configurations";
export * from "./images";
export * from "./inside";
export * from "./launch";
export * from "./lifecycle";
export * from "./marketplace";
export * from "./network";
export * from "./storage";
export * from "./terminal";
export * from "./workflows";
