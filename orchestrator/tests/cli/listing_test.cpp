// SPDX-License-Identifier: GPL-3.0-or-later
#include "cli/listing.hpp"

#include <catch2/catch.hpp>

#include "report/layout.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;

namespace {

boost::json::object parse(const char* text) { return boost::json::parse(text).as_object(); }

const char* const experiment = R"({
  "id":17,"title":"workqueue: wake outside the lock","submitter":"ada","state":"done","outcome":"crashed",
  "message":"cannot finish boot 42: kernel BUG in kick_pool","tail":"line one\nline two","created":1780588056,
  "finished":1780588656,"cancelling":false,"boots":5,"seed":4711,"delta":0.02,
  "progress":{"step":"done","detail":"","boot":0,"boots":0,"started":0,"seconds_per_boot":0,"version":9},
  "series":[{"title":"wake outside the lock","version":3,"versions":[1,3],"rfc":true,"resend":false,
    "prerequisites":["prerequisite-patch-id: 77"],
    "trailers":[{"part":0,"trailer":"Acked-by: B <b@c>","from":"B <b@c>"},
                {"part":1,"trailer":"Tested-by: D <d@e>","from":"D <d@e>"}],"author":"Ada <a@b>","cover_message_id":"c@x",
    "base_commit":"0123456789abcdef0123","change_id":"","patches":[
      {"number":1,"subject":"claim the worker","author":"Ada <a@b>","date":"Thu, 4 Jun 2026",
       "message_id":"1@x",
       "files":["include/a.h","kernel/workqueue.c"]}],
    "left_aside":[{"what":"Re: claim","why":"a reply"}]}],
  "arms":[
    {"label":"baseline","tree":"debian","base":"","commit":"aaaaaaaaaaaabbbbbbbb",
       "base_reason":"default ref HEAD of tree debian",
     "series":null,"patches":null,"kconfig_base":"tinyconfig","kconfigs":["lab"],"command_line":"",
     "machine":"vm",
     "architecture":"x86_64","build":{"id":3,"key":"k1","outcome":"ok","message":"","tail":"",
       "release":"6.12.117",
       "compiler":"gcc 12","from_cache":true,"started":1,"finished":2}},
    {"label":"patched","tree":"debian","base":"","commit":"aaaaaaaaaaaabbbbbbbb","base_reason":"",
     "series":0,"patches":"1-3","kconfig_base":"tinyconfig","kconfigs":["lab","debug"],"command_line":"quiet",
     "base_attempts":[
       {"way":"base-commit","wanted":"0123456789abcdef0123","taken":false,"why":"cannot find it in tree \"debian\"",
        "git":"fatal: Needed a single revision"},
       {"way":"blob ids","wanted":"1234567 a.c","taken":true,"why":"newest commit","git":""}],
     "machine":"vm",
     "architecture":"x86_64","build":{"id":4,"key":"k2","outcome":"build-failed",
       "message":"cannot build: a.c:3: oops",
       
       "tail":"make: 1\nmake: 2","release":"","compiler":"","from_cache":false,
       "started":100,"finished":345.4}}],
  "contrasts":[{"reference":"baseline","patched":"patched"}],
  "workloads":[{"name":"workqueue","request":"workqueue:profile=quick","hash":"ffffeeeeddddcccc"}],
  "slots":[
    {"slot":1,"arm":"patched","boots":[
      {"id":41,"attempt":1,"outcome":"interrupted","title":"","started":10,"finished":12,
       "seconds_to_userspace":null,"load_before":0.1},
      {"id":42,"attempt":2,"outcome":"crashed","title":"kernel BUG in kick_pool","started":12,
       "finished":42.2,"seconds_to_userspace":2.034,"load_before":0.25}]},
    {"slot":2,"arm":"baseline","boots":[]}]})";

}  // namespace

TEST_CASE("listing: an experiment, whole") {
  CHECK(render_experiment(parse(experiment)) == R"(experiment 17: workqueue: wake outside the lock
  state: crashed
    cannot finish boot 42: kernel BUG in kick_pool
      line one
      line two
  submitted: 2026-06-04T15:47:36Z by ada
  finished: 2026-06-04T15:57:36Z
  design: 5 boots per arm, seed 4711, practical threshold 2 %
  contrast: patched against baseline
  workload: workqueue:profile=quick (ffffeeeedddd)

series 0: wake outside the lock (version 3, RFC)
  author: Ada <a@b>
  cover letter: c@x
  base-commit: 0123456789abcdef0123
  needs: prerequisite-patch-id: 77
  versions here: 1, 3
  1. claim the worker
     author: Ada <a@b>
     date: Thu, 4 Jun 2026
     Message-ID: 1@x
     files: include/a.h, kernel/workqueue.c
  offered for the series: Acked-by: B <b@c> (from B <b@c>)
  offered for patch 1: Tested-by: D <d@e> (from D <d@e>)
  left aside "Re: claim": a reply

arm baseline
  tree: debian aaaaaaaaaaaa (default ref HEAD of tree debian)
  patches: none
  kconfig: tinyconfig + lab
  machine: vm, x86_64
  build: 3 ok, from the cache
    release: 6.12.117
    compiler: gcc 12
    key: k1

arm patched
  tree: debian aaaaaaaaaaaa
  base, as it was searched for
    base-commit 0123456789abcdef0123: cannot find it in tree "debian"
      fatal: Needed a single revision
    blob ids 1234567 a.c: taken, newest commit
  patches: 1-3 of series 0
  kconfig: tinyconfig + lab, debug
  command line: quiet
  machine: vm, x86_64
  build: 4 build-failed, 4 m 05 s
    key: k2
    cannot build: a.c:3: oops
      make: 1
      make: 2

boots, in the order in which they run
slot  arm       boot  outcome      time         to  load
                                         userspace
----  --------  ----  -----------  ----  ---------  ----
   1  patched     41  interrupted   2 s             0.10
   1  patched     42  crashed      30 s     2.03 s  0.25
   2  baseline        waiting
  boot 42 (crashed): kernel BUG in kick_pool
)");
}

TEST_CASE("listing: boots for a profile stand apart, labelled") {
  auto object = parse(experiment);
  object["profile_slots"] = boost::json::parse(R"([{"slot":3,"arm":"baseline","boots":[{"id":43,"outcome":"ok",
    "title":"no profile: this kernel lacks CONFIG_PERF_EVENTS","started":50,"finished":60,"seconds_to_userspace":2.5}]}])");
  CHECK(render_experiment(object).ends_with(R"(
boots for a profile, one per arm after all others, not measured
slot  arm       boot  outcome  time         to  load
                                     userspace
----  --------  ----  -------  ----  ---------  ----
   3  baseline    43  ok       10 s     2.50 s
  boot 43 (ok): no profile: this kernel lacks CONFIG_PERF_EVENTS
)"));
  CHECK(render_boot(parse(R"({"id":43,"profiled":true,"profiles":[{"workload":"w","case":"a","method":"cpu-clock","samples":100,
    "user":10,"idle":40,"runner":10,"other":5,"lost":2,"symbols":[{"symbol":"spin","module":"","samples":25},
    {"symbol":"work","module":"klab_w","samples":10}]}]})"))
            .ends_with(R"(
profile; nothing of this boot was measured
  w a: 100 samples by cpu-clock, 50 not idle, 2 lost
     50.0%  spin
     20.0%  work [klab_w]
)"));
}

TEST_CASE("listing: a running experiment shows its step and that it is being cancelled") {
  auto object = parse(experiment);
  object["outcome"] = nullptr;
  object["state"] = "measuring";
  object["cancelling"] = true;
  object["progress"] = parse(R"({"step":"boot 3 of 10","detail":"workqueue numa"})");
  const auto shown = render_experiment(object);
  CHECK(shown.find("  state: measuring, being cancelled\n") != std::string::npos);
  CHECK(shown.find("  step: boot 3 of 10\n  detail: workqueue numa\n") != std::string::npos);
}

TEST_CASE("listing: the list of experiments fits its width and hides no number") {
  const auto answer = parse(R"({"experiments":[
    {"id":18,"title":"a rather long title that goes on and on until it is cut","submitter":"ada",
       "state":"measuring","outcome":null,
     "boots_planned":10,"boots_done":3,"created":1780588056},
    {"id":17,"title":"short","submitter":"bob","state":"done","outcome":"ok","boots_planned":10,
       "boots_done":10,"created":1780588000}]})");
  CHECK(render_status(answer, 79) ==
        "id state     boots submitted            by  title\n"
        "-- --------- ----- -------------------- --- -----------------------------------\n"
        "18 measuring  3/10 2026-06-04T15:47:36Z ada a rather long title that goes on a~\n"
        "17 ok        10/10 2026-06-04T15:46:40Z bob short\n");
  CHECK(render_status(parse(R"j({"experiments":[{"id":19,"title":"t","submitter":"ada","state":"queued","outcome":null,
    "waiting":"waiting for host1: quarantined (no\u001b power), and it is not known when that will have been mended",
    "boots_planned":0,"boots_done":0,"created":1780588056}]})j"), 79) ==
        "id  state    boots  submitted             by   title\n"
        "--  -------  -----  --------------------  ---  -----\n"
        "19  waiting    0/0  2026-06-04T15:47:36Z  ada  t\n"
        "  19 is waiting for host1: quarantined (no\xEF\xBF\xBD power), and it is not known when\n"
        "    that will have been mended\n");
  CHECK(render_status(parse(R"({"experiments":[]})"), 79) == "no experiments yet; klab submit makes one\n");
}

TEST_CASE("listing: a boot, whole") {
  const auto boot =
      parse(R"({"id":42,"experiment":17,"slot":1,"attempt":2,"arm":"patched","outcome":"crashed",
    "title":"kernel BUG in kick_pool",
    "excerpt":"BUG: one\ntwo","acceleration":"TCG","command_line":"console=ttyS0",
    "started":1,"finished":2,"seconds_to_userspace":2.03,"load_before":0.1,"load_after":1.5,
    "steal":0.25,"governor":"n/a",
    "fingerprint":{"cpu":"x","kernel":"6.1"},"guest_facts":{"scopes":"cpu smt"},
    "samples":[{"workload":"workqueue","case":"numa","metric":"throughput","pass":0,"warmup":true,
       "value":9000},
               {"workload":"workqueue","case":"numa","metric":"throughput","pass":1,"warmup":false,
       "value":10000},
               {"workload":"workqueue","case":"numa","metric":"throughput","pass":2,"warmup":false,
       "value":12000},
               {"workload":"workqueue","case":"numa","metric":"p95","pass":0,"warmup":true,"value":5}],
    "summaries":[{"workload":"workqueue","case":"numa","metric":"throughput","value":11000,"passes":2}],
    "unavailable":[{"workload":"workqueue","case":"cache_shard","reason":"the kernel reads back cache"}]})");
  CHECK(render_boot(boot) == R"(boot 42: experiment 17, arm patched, slot 1, attempt 2
  outcome: crashed
  title: kernel BUG in kick_pool
  acceleration: TCG
  command line: console=ttyS0
  to userspace: 2.03 s
  load: 0.10 before, 1.50 after
  steal: 0.25 s
  governor: n/a

excerpt of the console
  BUG: one
  two

host
  cpu: x
  kernel: 6.1

guest
  scopes: cpu smt

measured; passes in order, warm-up in brackets
  workqueue numa throughput: 11,000  from (9,000) 10,000 12,000
  workqueue numa p95: no summary  from (5)
  workqueue cache_shard: n/a, the kernel reads back cache
)");
}

TEST_CASE("listing: hostile and incomplete answers neither break nor reach the terminal raw") {
  const auto hostile = parse(
      R"({"id":1,"title":"\u001b]0;owned\u0007","arms":[3,{"label":"\u001b[2J"}],"slots":[{"boots":"no"}],
                                 "series":{},"created":1e300,"seed":"x"})");
  const auto shown = render_experiment(hostile);
  CHECK(printable_lines(shown) == shown);
  CHECK(shown.find("owned") != std::string::npos);
  CHECK_NOTHROW(render_experiment({}));
  CHECK_NOTHROW(render_boot({}));
  CHECK(printable_lines(render_boot(hostile)) == render_boot(hostile));
  CHECK(
      printable_lines(render_status(parse(R"({"experiments":[{"title":"\u001b[31m"}]})"), 60)).find('\x1b') ==
      std::string::npos);
}
