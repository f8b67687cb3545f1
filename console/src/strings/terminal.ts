/** Words of the terminal on the serial console. */
export const terminal = {
  connect: "Connect",
  title: (what: string) => `Connect to ${what}`,
  intro:
    "The serial console of the instance: it needs no network and no key. What it asks for is the guest's affair.",
  label: "Terminal on the serial console",
  back: "Back to instance",
  reconnect: "Reconnect",
  notOpen: "The terminal is not connected.",
  connecting: "Connecting",
  connected: "Connected",
  disconnected: "Disconnected",
  ended: "The terminal has ended",
  lost: "ConnectionLost",
  lostMessage: "The connection to the server has ended. The instance is not affected.",
  off: (region: string) => `Serial console access is off in ${region}`,
  offBody:
    "With access on, everybody who may use this account's API can open terminals on its instances of the Region.",
  allow: "Allow serial console access",
  setSize: "Set size",
  keys: "Ctrl+] leaves the terminal · copy: Ctrl+Shift+C · paste: Ctrl+Shift+V · “Set size” types stty, which tells a shell the size.",
};
