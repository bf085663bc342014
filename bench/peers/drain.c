// drain - waits until the kernel has destroyed all network namespaces that were released so far, and prints the time in
// milliseconds since the epoch. The kernel destroys them on one ordered workqueue: a namespace that is released now is
// destroyed with the earlier ones or after them; a second one, released after the first is destroyed, is in a later batch.
#include "nl.h"

// Releases a new namespace with one end of a veth pair; the other end, in `here`, is deleted with it.
static void release(int here, const char *name) {
  Buf b;
  b_init(&b, 4096);
  if (unshare(CLONE_NEWNET)) DIE("unshare");
  int s = nl_sock(NETLINK_ROUTE), fd = namespace_of(s);
  msg(&b, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
  attr_str(&b, IFLA_IFNAME, name);
  size_t info = nest(&b, IFLA_LINKINFO);
  attr_str(&b, IFLA_INFO_KIND, "veth");
  size_t data = nest(&b, IFLA_INFO_DATA), peer = nest(&b, VETH_INFO_PEER);
  b_put(&b, sizeof(struct ifinfomsg));
  attr_str(&b, IFLA_IFNAME, "x"); attr_u32(&b, IFLA_NET_NS_FD, fd);
  unnest(&b, peer); unnest(&b, data); unnest(&b, info); end(&b);
  flush_batch(here, &b, "sentinel");
  close(s); close(fd); free(b.p);
}

static void wait_gone(int events, const char *name) {
  char r[32768];
  for (;;) {
    int n = recv(events, r, sizeof r, 0);
    if (n < 0) DIE("recv");
    for (struct nlmsghdr *h = (void *)r; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type != RTM_DELLINK) continue;
      struct ifinfomsg *i = NLMSG_DATA(h);
      int left = IFLA_PAYLOAD(h);
      for (struct rtattr *a = IFLA_RTA(i); RTA_OK(a, left); a = RTA_NEXT(a, left))
        if (a->rta_type == IFLA_IFNAME && !strcmp(RTA_DATA(a), name)) return;
    }
  }
}

int main(void) {
  alarm(120);
  if (unshare(CLONE_NEWNET)) DIE("unshare");
  int home = open("/proc/thread-self/ns/net", O_RDONLY), here = nl_sock(NETLINK_ROUTE), events = nl_sock(NETLINK_ROUTE);
  struct sockaddr_nl links = {.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK};
  if (bind(events, (void *)&links, sizeof links)) DIE("bind");
  const char *names[] = {"first", "second"};
  for (int i = 0; i < 2; i++) {
    release(here, names[i]);
    if (setns(home, CLONE_NEWNET)) DIE("setns");
    wait_gone(events, names[i]);
  }
  printf("%.3f\n", clock_ms(CLOCK_REALTIME));
}
