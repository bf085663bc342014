// nl.h - the raw-netlink helpers that the C programs here share.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define DIE(...) do { fprintf(stderr, __VA_ARGS__); fprintf(stderr, ": %s\n", strerror(errno)); exit(1); } while (0)

static inline double clock_ms(clockid_t clock) {
  struct timespec t;
  clock_gettime(clock, &t);
  return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}
static inline double now_ms(void) { return clock_ms(CLOCK_MONOTONIC); }

// Messages for one send. `open` is the offset of the current message.
typedef struct { char *p; size_t len, cap, open; int count; } Buf;

static inline void b_init(Buf *b, size_t cap) { *b = (Buf){.p = malloc(cap), .cap = cap}; }
static inline void *b_put(Buf *b, size_t n) {
  size_t aligned = NLMSG_ALIGN(n);
  if (b->len + aligned > b->cap) { fprintf(stderr, "buffer full\n"); exit(1); }
  void *r = b->p + b->len;
  memset(r, 0, aligned);
  b->len += aligned;
  return r;
}
static inline void *msg(Buf *b, int type, int flags, size_t header) {
  b->open = b->len;
  b->count++;
  struct nlmsghdr *h = b_put(b, NLMSG_HDRLEN + header);
  h->nlmsg_type = type; h->nlmsg_flags = NLM_F_REQUEST | flags; h->nlmsg_seq = b->count;
  return (char *)h + NLMSG_HDRLEN;
}
static inline void end(Buf *b) { ((struct nlmsghdr *)(b->p + b->open))->nlmsg_len = b->len - b->open; }
static inline void attr(Buf *b, int type, const void *d, size_t n) {
  struct rtattr *a = b_put(b, RTA_LENGTH(n));
  a->rta_type = type; a->rta_len = RTA_LENGTH(n);
  memcpy(RTA_DATA(a), d, n);
}
static inline void attr_u32(Buf *b, int type, uint32_t v) { attr(b, type, &v, 4); }
static inline void attr_u8(Buf *b, int type, uint8_t v) { attr(b, type, &v, 1); }
static inline void attr_str(Buf *b, int type, const char *s) { attr(b, type, s, strlen(s) + 1); }
static inline size_t nest(Buf *b, int type) {
  size_t at = b->len;
  struct rtattr *a = b_put(b, RTA_LENGTH(0));
  a->rta_type = type;
  return at;
}
static inline void unnest(Buf *b, size_t at) { ((struct rtattr *)(b->p + at))->rta_len = b->len - at; }

static inline int nl_sock(int protocol) {
  int s = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);
  if (s < 0) DIE("socket");
  return s;
}
static inline int namespace_of(int s) {
  int fd = ioctl(s, SIOCGSKNS);
  if (fd < 0) DIE("SIOCGSKNS");
  return fd;
}

// Sends all messages in one call. Only the last has NLM_F_ACK: the kernel reports errors of all of them anyway.
static inline void flush_batch(int s, Buf *b, const char *what) {
  if (!b->count) return;
  ((struct nlmsghdr *)(b->p + b->open))->nlmsg_flags |= NLM_F_ACK;
  if (send(s, b->p, b->len, 0) < 0) DIE("%s: send %zu bytes", what, b->len);
  static char r[65536];
  for (int done = 0; !done;) {
    int n = recv(s, r, sizeof r, 0);
    if (n < 0) DIE("%s: recv", what);
    for (struct nlmsghdr *h = (void *)r; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      if (h->nlmsg_type != NLMSG_ERROR) continue;
      struct nlmsgerr *e = NLMSG_DATA(h);
      if (e->error) { errno = -e->error; DIE("%s: message %u of %d", what, e->msg.nlmsg_seq, b->count); }
      done = 1;
    }
  }
  b->len = 0; b->count = 0;
}

static inline void m_up(Buf *b, int index) {
  struct ifinfomsg *i = msg(b, RTM_NEWLINK, 0, sizeof *i);
  i->ifi_index = index; i->ifi_flags = i->ifi_change = IFF_UP;
  end(b);
}
static inline void m_addr4(Buf *b, int index, uint32_t ip, int length) {
  struct ifaddrmsg *a = msg(b, RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, sizeof *a);
  a->ifa_family = AF_INET; a->ifa_prefixlen = length; a->ifa_index = index;
  ip = htonl(ip);
  attr(b, IFA_LOCAL, &ip, 4); attr(b, IFA_ADDRESS, &ip, 4);
  end(b);
}
static inline void m_route4(Buf *b, uint32_t destination, int length, uint32_t gateway, int index) {
  struct rtmsg *r = msg(b, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof *r);
  r->rtm_family = AF_INET; r->rtm_dst_len = length; r->rtm_table = RT_TABLE_MAIN; r->rtm_protocol = RTPROT_STATIC;
  r->rtm_scope = RT_SCOPE_UNIVERSE; r->rtm_type = RTN_UNICAST;
  destination = htonl(destination); gateway = htonl(gateway);
  if (length) attr(b, RTA_DST, &destination, 4);
  attr(b, RTA_GATEWAY, &gateway, 4); attr_u32(b, RTA_OIF, index);
  end(b);
}
