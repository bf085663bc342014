// floor N - the job J(N) in raw netlink, tuned: the reference for the others.
#include "nl.h"
#define NETNS "/run/netns/"
enum { BRIDGE = 2, ETH0 = 2, FIRST_PORT = 100000, GATEWAY = 0x0a4d0001 };

static void name_of(char *path, int i) {
  if (i < 0) strcpy(path, NETNS "floor-router"); else sprintf(path, NETNS "floor-%d", i);
}

// Creates a namespace, enters it, names it, and returns a socket in it.
static int make_namespace(int i) {
  char path[64];
  if (unshare(CLONE_NEWNET)) DIE("unshare");
  int s = nl_sock(NETLINK_ROUTE);
  name_of(path, i);
  int f = open(path, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0);
  if (f < 0) DIE("create %s", path);
  close(f);
  if (mount("/proc/thread-self/ns/net", path, "none", MS_BIND, NULL)) DIE("mount %s", path);
  return s;
}

static void one_queue(Buf *b) { attr_u32(b, IFLA_NUM_TX_QUEUES, 1); attr_u32(b, IFLA_NUM_RX_QUEUES, 1); }

// One message creates a veth pair: this end is up and on the bridge, the other is in the namespace of `fd`.
static void m_veth(Buf *b, int index, const char *name, int fd) {
  struct ifinfomsg *i = msg(b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *i);
  i->ifi_index = index; i->ifi_flags = i->ifi_change = IFF_UP;
  attr_str(b, IFLA_IFNAME, name); attr_u32(b, IFLA_MASTER, BRIDGE); one_queue(b);
  size_t info = nest(b, IFLA_LINKINFO);
  attr_str(b, IFLA_INFO_KIND, "veth");
  size_t data = nest(b, IFLA_INFO_DATA), peer = nest(b, VETH_INFO_PEER);
  struct ifinfomsg *p = b_put(b, sizeof *p);
  p->ifi_index = ETH0;
  attr_str(b, IFLA_IFNAME, "eth0"); one_queue(b); attr_u32(b, IFLA_NET_NS_FD, fd);
  unnest(b, peer); unnest(b, data); unnest(b, info); end(b);
}

// No IPv6 link-local address, and so no multicast packets. Must be set before the link is up.
static void m_no_link_local(Buf *b, int index) {
  struct ifinfomsg *i = msg(b, RTM_NEWLINK, 0, sizeof *i);
  i->ifi_index = index;
  size_t spec = nest(b, IFLA_AF_SPEC), inet6 = nest(b, AF_INET6);
  attr_u8(b, IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
  unnest(b, inet6); unnest(b, spec); end(b);
}

static void write_file(const char *path, const char *value) {
  int f = open(path, O_WRONLY);
  if (f < 0 || write(f, value, strlen(value)) < 0) DIE("write %s", path);
  close(f);
}

static void nft(Buf *b, int type, int flags, int family, int resource) {
  struct nfgenmsg *g = msg(b, type, flags, sizeof *g);
  g->nfgen_family = family; g->version = NFNETLINK_V0; g->res_id = htons(resource);
}
static size_t expression(Buf *b, const char *name, size_t *element) {
  *element = nest(b, NFTA_LIST_ELEM | NLA_F_NESTED);
  attr_str(b, NFTA_EXPR_NAME, name);
  return nest(b, NFTA_EXPR_DATA | NLA_F_NESTED);
}
// table ip nat { chain postrouting { type nat hook postrouting priority srcnat; ip saddr 10.77.0.0/16 masquerade } }
static void masquerade(void) {
  const int SUBSYSTEM = NFNL_SUBSYS_NFTABLES << 8;
  Buf b;
  b_init(&b, 4096);
  size_t n, element, data, value;
  nft(&b, NFNL_MSG_BATCH_BEGIN, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES); end(&b);
  nft(&b, SUBSYSTEM | NFT_MSG_NEWTABLE, NLM_F_CREATE, NFPROTO_IPV4, 0); attr_str(&b, NFTA_TABLE_NAME, "nat"); end(&b);
  nft(&b, SUBSYSTEM | NFT_MSG_NEWCHAIN, NLM_F_CREATE, NFPROTO_IPV4, 0);
  attr_str(&b, NFTA_CHAIN_TABLE, "nat"); attr_str(&b, NFTA_CHAIN_NAME, "postrouting"); attr_str(&b, NFTA_CHAIN_TYPE, "nat");
  n = nest(&b, NFTA_CHAIN_HOOK | NLA_F_NESTED);
  attr_u32(&b, NFTA_HOOK_HOOKNUM, htonl(NF_INET_POST_ROUTING)); attr_u32(&b, NFTA_HOOK_PRIORITY, htonl(100));
  unnest(&b, n); end(&b);
  nft(&b, SUBSYSTEM | NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND | NLM_F_ACK, NFPROTO_IPV4, 0);
  attr_str(&b, NFTA_RULE_TABLE, "nat"); attr_str(&b, NFTA_RULE_CHAIN, "postrouting");
  n = nest(&b, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED);
  data = expression(&b, "payload", &element);
  attr_u32(&b, NFTA_PAYLOAD_DREG, htonl(NFT_REG_1)); attr_u32(&b, NFTA_PAYLOAD_BASE, htonl(NFT_PAYLOAD_NETWORK_HEADER));
  attr_u32(&b, NFTA_PAYLOAD_OFFSET, htonl(12)); attr_u32(&b, NFTA_PAYLOAD_LEN, htonl(2));
  unnest(&b, data); unnest(&b, element);
  data = expression(&b, "cmp", &element);
  attr_u32(&b, NFTA_CMP_SREG, htonl(NFT_REG_1)); attr_u32(&b, NFTA_CMP_OP, htonl(NFT_CMP_EQ));
  value = nest(&b, NFTA_CMP_DATA | NLA_F_NESTED); attr(&b, NFTA_DATA_VALUE, "\x0a\x4d", 2); unnest(&b, value);
  unnest(&b, data); unnest(&b, element);
  data = expression(&b, "masq", &element); unnest(&b, data); unnest(&b, element);
  unnest(&b, n); end(&b);
  nft(&b, NFNL_MSG_BATCH_END, 0, AF_UNSPEC, NFNL_SUBSYS_NFTABLES); end(&b);
  int s = nl_sock(NETLINK_NETFILTER);
  if (send(s, b.p, b.len, 0) < 0) DIE("nft: send");
  char r[4096];
  int k = recv(s, r, sizeof r, 0);
  for (struct nlmsghdr *h = (void *)r; NLMSG_OK(h, k); h = NLMSG_NEXT(h, k)) {
    if (h->nlmsg_type != NLMSG_ERROR) continue;
    errno = -((struct nlmsgerr *)NLMSG_DATA(h))->error;
    if (errno) DIE("nft");
  }
  close(s);
  free(b.p);
}

static int make_router(void) {
  int s = make_namespace(-1);
  write_file("/proc/sys/net/ipv4/ip_forward", "1");
  write_file("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
  masquerade();
  Buf b;
  b_init(&b, 4096);
  m_up(&b, 1);
  struct ifinfomsg *i = msg(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *i);
  i->ifi_index = BRIDGE; i->ifi_flags = i->ifi_change = IFF_UP;
  attr_str(&b, IFLA_IFNAME, "br0");
  size_t info = nest(&b, IFLA_LINKINFO); attr_str(&b, IFLA_INFO_KIND, "bridge"); unnest(&b, info);
  end(&b);
  m_addr4(&b, BRIDGE, GATEWAY, 16);
  flush_batch(s, &b, "router");
  free(b.p);
  return s;
}

static void make_nodes(int n, int router) {
  Buf veth, node;
  b_init(&veth, 4096); b_init(&node, 4096);
  for (int i = 0; i < n; i++) {
    char port[16];
    sprintf(port, "v%d", i);
    int s = make_namespace(i), fd = namespace_of(s);
    m_veth(&veth, FIRST_PORT + i, port, fd);
    flush_batch(router, &veth, "veth pair");
    m_up(&node, 1); m_no_link_local(&node, ETH0); m_up(&node, ETH0);
    m_addr4(&node, ETH0, GATEWAY + 1 + i, 16); m_route4(&node, 0, 0, GATEWAY, ETH0);
    flush_batch(s, &node, "node");
    close(s); close(fd);
  }
  free(veth.p); free(node.p);
}

static void remove_name(int i) {
  char path[64];
  name_of(path, i);
  if (umount2(path, MNT_DETACH)) DIE("umount %s", path);
  if (unlink(path)) DIE("unlink %s", path);
}

int main(int argc, char **argv) {
  int n = argc > 1 ? atoi(argv[1]) : 100;
  if (n < 1 || n > 60000) { fprintf(stderr, "usage: floor N\n"); return 2; }
  int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
  mkdir("/run/netns", 0755);
  double t0 = now_ms();
  int router = make_router();
  make_nodes(n, router);
  double t1 = now_ms(), removing = clock_ms(CLOCK_REALTIME);
  if (setns(home, CLONE_NEWNET)) DIE("setns");  // leaves the namespace that was created last
  for (int i = -1; i < n; i++) remove_name(i);
  close(router);
  printf("{\"create\":%.3f,\"remove\":%.3f,\"removing\":%.3f}\n", t1 - t0, now_ms() - t1, removing);
}
