/** Ends of containers and guests, and devices that carry nothing of the machine's own. */
const UNINTERESTING =
  /^(?:lo|veth.*|ifb\d+|dummy\d*|cali.*|lxc[0-9a-f]{6,}|lxc_health|cilium_.*|fwbr.*|fwpr.*|fwln.*|tap\d+i\d+|vnet\d+)$/;

/** Names by which tunnels and bridges are usually called, for machines that do not say what is hardware. */
const INNER_NAMES =
  /^(?:tun|tap|wg|ppp|sit|gre|ip6tnl|docker|br-|br\d|virbr|bond|team|tailscale|zt|flannel|cni|vxlan|vmbr)/;

/** Interfaces that are neither shown nor counted. */
export const isUninteresting = (name: string): boolean => UNINTERESTING.test(name);

/** Whether, by its name alone, what goes through it leaves the machine by another interface. */
export const hasInnerName = (name: string): boolean => INNER_NAMES.test(name);
