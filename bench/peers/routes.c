// routes add N - adds N routes 10.0.0.0/32 … through a new veth pair in the current namespace.
// routes receive | decode - lists them, and drops the messages or fills an array of structs. Prints their number and the
// milliseconds that it took, as JSON.
#include "nl.h"

typedef struct { uint32_t destination, gateway; int index; unsigned char length, table, protocol, scope, type; } Route;

static void add(int n) {
  int s = nl_sock(NETLINK_ROUTE);
  Buf b;
  b_init(&b, 1 << 20);
  struct ifinfomsg *i = msg(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof *i);
  i->ifi_flags = i->ifi_change = IFF_UP;
  attr_str(&b, IFLA_IFNAME, "routes0");
  size_t info = nest(&b, IFLA_LINKINFO); attr_str(&b, IFLA_INFO_KIND, "veth"); unnest(&b, info);
  end(&b);
  flush_batch(s, &b, "veth pair");
  int index = if_nametoindex("routes0");
  m_addr4(&b, index, 0xc6120001, 24);
  for (int k = 0; k < n; k++) {
    m_route4(&b, 0x0a000000 + k, 32, 0xc6120002, index);
    if (b.count >= 500) flush_batch(s, &b, "routes");
  }
  flush_batch(s, &b, "routes");
}

static Route read_route(struct nlmsghdr *h) {
  struct rtmsg *m = NLMSG_DATA(h);
  Route route = {.length = m->rtm_dst_len, .table = m->rtm_table, .protocol = m->rtm_protocol, .scope = m->rtm_scope, .type = m->rtm_type};
  int left = RTM_PAYLOAD(h);
  for (struct rtattr *a = RTM_RTA(m); RTA_OK(a, left); a = RTA_NEXT(a, left)) switch (a->rta_type) {
    case RTA_DST: memcpy(&route.destination, RTA_DATA(a), 4); break;
    case RTA_GATEWAY: memcpy(&route.gateway, RTA_DATA(a), 4); break;
    case RTA_OIF: memcpy(&route.index, RTA_DATA(a), 4); break;
  }
  return route;
}

static void list(int decode) {
  int s = nl_sock(NETLINK_ROUTE);
  double t0 = now_ms();
  Buf q;
  b_init(&q, 256);
  struct rtmsg *r = msg(&q, RTM_GETROUTE, NLM_F_DUMP, sizeof *r);
  r->rtm_family = AF_INET;
  end(&q);
  if (send(s, q.p, q.len, 0) < 0) DIE("send");
  static char buffer[1 << 16];
  Route *routes = NULL;
  size_t n = 0, room = 0;
  for (int done = 0; !done;) {
    int k = recv(s, buffer, sizeof buffer, 0);
    if (k < 0) DIE("recv");
    for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, k); h = NLMSG_NEXT(h, k)) {
      if (h->nlmsg_type == NLMSG_DONE) { done = 1; break; }
      if (decode && n == room) routes = realloc(routes, (room = room ? 2 * room : 4096) * sizeof *routes);
      if (decode) routes[n] = read_route(h);
      n++;
    }
  }
  printf("{\"routes\":%zu,\"ms\":%.3f}\n", n, now_ms() - t0);
}

int main(int argc, char **argv) {
  if (argc == 3 && !strcmp(argv[1], "add")) add(atoi(argv[2]));
  else if (argc == 2) list(!strcmp(argv[1], "decode"));
  else return 2;
}
