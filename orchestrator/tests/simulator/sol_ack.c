// SPDX-License-Identifier: GPL-3.0-or-later
// Preloaded into ipmi_sim. libipmiconsole answers a packet without characters by a NACK; ipmi_sim 2.0.33 then waits
// for an ACK that never comes and sends nothing more. Here such an answer reaches it as the ACK it is on real BMCs.
#define _GNU_SOURCE
#include <OpenIPMI/lanserv.h>
#include <dlfcn.h>

enum { sol_payload = 1, sol_header = 4, acknowledged = 1, accepted = 2, status = 3, nack = 0x40 };

static ipmi_payload_handler_cb handle_sol;

static void acknowledge_sol(lanserv_data_t *lan, msg_t *message) {
  if (message->len == sol_header && (message->data[acknowledged] & 0x0f) != 0 && message->data[accepted] == 0)
    message->data[status] &= ~nack;
  handle_sol(lan, message);
}

int ipmi_register_payload(unsigned int id, ipmi_payload_handler_cb handler) {
  int (*next)(unsigned int, ipmi_payload_handler_cb) = dlsym(RTLD_NEXT, "ipmi_register_payload");
  if (id == sol_payload) {
    handle_sol = handler;
    handler = acknowledge_sol;
  }
  return next(id, handler);
}
