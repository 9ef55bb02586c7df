/** What a panel must never be seen to give away by way of a probe. */
export const PANEL_SECRETS = ["vless://hunter2", "sub.example/hunter2", "hunter2-key"] as const;

/** Answers of the panels as their source has them; stand-ins put numbers of their own in, parsers are tested with them. */
export const PANEL_FIXTURES = {
  marzbanSystem: {
    ...{ version: "0.8.4", mem_total: 4_294_967_296, mem_used: 1_073_741_824, cpu_cores: 2, cpu_usage: 12.5 },
    ...{ total_user: 120, online_users: 90, users_active: 100, users_on_hold: 1, users_disabled: 2 },
    ...{ users_expired: 7, users_limited: 10, incoming_bandwidth: 1_000_000, outgoing_bandwidth: 9_000_000 },
    ...{ incoming_bandwidth_speed: 1_234, outgoing_bandwidth_speed: 5_678 },
  },
  marzbanNode: {
    ...{ id: 1, name: "DE-1", address: "10.0.0.1", port: 62_050, api_port: 62_051, usage_coefficient: 1 },
    ...{ xray_version: "1.8.24", status: "connected", message: null },
  },
  marzbanUser: {
    ...{ username: "user1", status: "active", used_traffic: 1, lifetime_used_traffic: 1 },
    ...{ created_at: "2024-01-01T00:00:00", online_at: "2026-01-01T00:00:00" },
    links: [PANEL_SECRETS[0]],
    subscription_url: `https://${PANEL_SECRETS[1]}`,
    proxies: { vless: { id: PANEL_SECRETS[2] } },
  },
  pasarguardSystem: {
    ...{ version: "5.2.0", uptime_seconds: 4_000, mem_total: 4_294_967_296, mem_used: 1_073_741_824 },
    ...{ disk_total: 10, disk_used: 5, cpu_cores: 2, cpu_usage: 12.5, total_user: 120, online_users: 30 },
    ...{ active_users: 100, on_hold_users: 1, disabled_users: 2, expired_users: 7, limited_users: 10 },
    ...{ incoming_bandwidth: 1_000_000, outgoing_bandwidth: 9_000_000 },
  },
  pasarguardNode: {
    ...{ id: 1, name: "DE-1", address: "10.0.0.1", port: 62_050, status: "connected", message: null },
    ...{ api_key: PANEL_SECRETS[2], server_ca: "-----BEGIN CERTIFICATE-----", core_config_id: 1 },
    ...{ xray_version: "25.1.1", node_version: "0.1.0", uplink: 1, downlink: 2 },
    ...{ lifetime_uplink: 1_000, lifetime_downlink: 2_000 },
  },
  marzneshinUsers: { total: 120, active: 100, on_hold: 1, expired: 7, limited: 10, online: 30 },
  marzneshinNode: {
    ...{ id: 1, name: "DE-1", address: "10.0.0.1", port: 53_042, connection_backend: "grpclib" },
    ...{ usage_coefficient: 1, xray_version: null, status: "healthy", message: null, inbound_ids: [1] },
    backends: [{ name: "xray", backend_type: "xray", version: "1.8.24", running: true }],
  },
  remnawaveStats: {
    cpu: { cores: 2 },
    memory: { total: 4_294_967_296, free: 3_221_225_472, used: 1_073_741_824 },
    ...{ uptime: 4_000, timestamp: 1_790_000_000_000 },
    users: { statusCounts: { ACTIVE: 100, DISABLED: 2, LIMITED: 10, EXPIRED: 7 }, totalUsers: 119 },
    onlineStats: { lastDay: 90, lastWeek: 110, neverOnline: 0, onlineNow: 30 },
    nodes: { totalOnline: 1, totalBytesLifetime: "10000000" },
  },
  remnawaveNode: {
    ...{ uuid: "00000000-0000-4000-8000-000000000001", id: 1, name: "DE-1", address: "10.0.0.1", port: 2_222 },
    ...{ proxyUrl: `socks5://u:${PANEL_SECRETS[2]}@proxy`, isConnected: true, isDisabled: false },
    ...{ isConnecting: false, lastStatusMessage: null, trafficUsedBytes: 3_000, usersOnline: 3, system: null },
    ...{ xrayUptime: 3_600, versions: { xray: "25.6.8", node: "2.1.0" } },
  },
} as const;
