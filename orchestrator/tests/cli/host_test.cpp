// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/json.hpp>
#include <catch2/catch.hpp>

#include "cli/host_command.hpp"
#include "cli/host_listing.hpp"
#include "cli/program.hpp"
#include "cli/responder.hpp"
#include "util/text.hpp"

using namespace klab;
using namespace klab::cli;
using klab::cli::test::Answer;
using klab::cli::test::Responder;
using klab::cli::test::run_klab;

namespace {

boost::json::object parse(const std::string& text) { return boost::json::parse(text).as_object(); }

// 2026-06-04 in the middle of its day, wherever the test runs.
const double then = 1780588056;
const std::string when = local_time(then);

std::string host(const std::string& more = {}) {
  return R"({"name":"host1","architecture":"x86_64","cpus":4,"sockets":1,"cores":4,"threads":1,"memory_mib":512,"simulated":true,
    "labels":["rack=3","arch=x86_64","pool=small"],"waiting":[13,14],"state":"free","about":"","use":"","lease":null,
    "quarantine":null,"reservation":null)" +
         (more.empty() ? "" : "," + more) + "}";
}

boost::json::object with(const std::string& more) {
  auto object = parse(host());
  for (auto& entry : parse("{" + more + "}")) object[entry.key()] = entry.value();
  return object;
}

const std::string quarantined = fmt::format(R"("state":"quarantined","about":"no power","use":"measuring experiment 12, boot 3 of 10",
  "lease":{{"purpose":"experiment","experiment":12,"since":{0}}},"quarantine":{{"reason":"no power","by":"klabd","since":{0}}},
  "reservation":{{"person":"bob","by":"ada","since":{0},"until":{0}}})",
                                            then);
const std::string boots = fmt::format(R"("boots":{{"looked_at":3,"by_outcome":{{"ok":2,"lab-error":1}},"last":[
  {{"id":9,"experiment":12,"arm":"a1","outcome":"lab-error","title":"cannot switch on","started":{0}}},
  {{"id":8,"experiment":12,"arm":"a2","outcome":null,"title":"","started":{0}}}]}})",
                                      then);

}  // namespace

TEST_CASE("host list: one line each, what it is and what it does") {
  auto answer = parse(R"({"hosts":[]})");
  CHECK(render_hosts(answer, 79) == "no hosts are configured; README.md, \"Bare metal\", says how\n");
  answer["hosts"] = boost::json::array{with(quarantined), with(R"("name":"big","simulated":false,"memory_mib":0)")};
  CHECK(render_hosts(answer, 100) ==
        "host               CPUs   memory  labels                           state\n"
        "-----------------  ----  -------  -------------------------------  ---------------------\n"
        "host1 (simulated)     4  512 MiB  rack=3, arch=x86_64, pool=small  quarantined, no power\n"
        "big                   4           rack=3, arch=x86_64, pool=small  free\n");
}

TEST_CASE("host show: everything, and nothing of a password") {
  const auto shown = render_host(with(quarantined + "," + boots + R"(,"bmc":"10.0.0.5:623","user":"lab","cipher_suite":17,
    "workarounds":["ignore-sol-port"],"console":"sol","kernel_console":"ttyS1,115200n8","mac":"52:54:00:00:00:01","address":"10.0.1.5",
    "netboot":"uefi","results":"http","after_use":"off","kconfigs":["netboot","nic-igb"],"settle":5,"power_limit":60,
    "netboot_limit":300,"boot_limit":600,"silence_limit":120,"run_limit":3600,
    "events":[{"time":)" + fmt::format("{}", then) + R"j(,"kind":"quarantine","text":"no power (by klabd)"}])j"));
  CHECK(shown == fmt::format(R"(host host1: quarantined, no power, simulated
  quarantined: no power (by klabd, since {0})
  reserved: for bob until {0} (by ada, since {0})
  in use: measuring experiment 12, boot 3 of 10 (since {0})
  waited for by experiments: 13, 14
  machine: x86_64, 4 CPUs (1 x 4 x 1), 512 MiB
  labels: rack=3, arch=x86_64, pool=small
  BMC: 10.0.0.5:623 as lab, cipher suite 17, workarounds ignore-sol-port
  console: sol, the kernel's ttyS1,115200n8
  network: 52:54:00:00:00:01 10.0.1.5, boots by uefi PXE
  kconfig: netboot, nic-igb
  results: over http
  after use: off
  limits: settle 5 s, power 60 s, netboot 300 s, boot 600 s, silence 120 s, run 3600 s

what happened to it, newest first
  {0} quarantine: no power (by klabd)

the last 3 boots: 2 ok, 1 lab-error
boot  experiment  arm  started           outcome    title
----  ----------  ---  ----------------  ---------  ----------------
   9          12  a1   {0}  lab-error  cannot switch on
   8          12  a2   {0}  under way
)",
                             when));
}

TEST_CASE("host show: of many that wait for it the oldest are named, and the rest counted") {
  const auto shown = render_host(with(R"("waiting_number":100000)"));
  CHECK(shown.find("  waited for by experiments: 13, 14 and 99998 more\n") != std::string::npos);
}

TEST_CASE("host health: probe, outcomes and the A/A run with its noise") {
  const auto aa = R"("aa":{"experiment":15,"state":"done","outcome":"ok","message":"","rows":[
    {"workload":"w","case":"numa","metric":"rate","cv":[0.0123,0.02],"change":-0.004,"verdict":"within boot-to-boot noise","differs":false},
    {"workload":"w","case":"cpu","metric":"rate","cv":[null,0.02],"change":null,"verdict":"regressed","differs":true}]})";
  const auto probe = fmt::format(R"("probe":{{"time":{},"good":false,"bad":1,"findings":[
    {{"subject":"power state","good":true,"text":"off","remedy":""}},
    {{"subject":"SOL","good":false,"text":"another session has it","remedy":"end that session"}}]}})",
                                 then);
  CHECK(render_health(with(probe + "," + boots + "," + aa), 79) == fmt::format(R"(host host1: free
  waited for by experiments: 13, 14

probed {0}
  ok   power state: off
  bad  SOL: another session has it
       remedy: end that session

the last 3 boots: 2 ok, 1 lab-error
boot  experiment  arm  started           outcome    title
----  ----------  ---  ----------------  ---------  ----------------
   9          12  a1   {0}  lab-error  cannot switch on
   8          12  a2   {0}  under way

A/A run: experiment 15, ok
row          noise  noise  change  verdict
                a1     a2
-----------  -----  -----  ------  -------------------------
w numa rate  1.2 %  2.0 %  -0.4 %  within boot-to-boot noise
w cpu rate          2.0 %          regressed
1 of 2 rows differ between two runs of one kernel: this host is not to be believed
)",
                                                                              when));
  CHECK(render_health(parse(host(R"("probe":null,"aa":null,"boots":{"looked_at":0})")), 79) ==
        "host host1: free\n  waited for by experiments: 13, 14\n\nnot probed yet; klab host probe host1 does\n\nno boots yet\n"
        "\nno A/A run yet; klab host health host1 --run makes one\n");
}

TEST_CASE("host: hostile and incomplete answers neither break nor reach the terminal raw") {
  const auto hostile = parse(R"({"name":"\u001b]0;x","labels":[1,{}, "\u001b[2J"],"boots":3,"aa":{"rows":[7,{"cv":[]}]},"probe":{"findings":[{}]}})");
  for (const auto& shown : {render_host(hostile), render_health(hostile, 79), render_probe(hostile), render_change("release", hostile),
                            render_host({}), render_health({}, 79), render_hosts({}, 79)})
    CHECK(printable_lines(shown) == shown);
}

TEST_CASE("klab host: what each verb asks, and how it ends") {
  const std::string good = R"({"name":"host1","good":true,"bad":0,"findings":[{"subject":"power state","good":true,"text":"off","remedy":""}]})";
  const std::string bad = R"({"name":"host1","good":false,"bad":1,"findings":[{"subject":"BMC","good":false,"text":"silent","remedy":"wake it"}]})";
  Responder daemon({{"GET /api/hosts", {{200, R"({"hosts":[]})", ""}}},
                    {"POST /api/hosts/host1/probe", {{200, good, ""}, {200, bad, ""}}},
                    {"GET /api/hosts/host1/health", {{200, host(R"("probe":null)"), ""}, {200, with(quarantined).empty() ? "" : boost::json::serialize(with(quarantined)), ""}}},
                    {"POST /api/hosts/host1/health", {{200, host(R"("experiment":20,"title":"A/A: host1 against itself")"), ""}}},
                    {"POST /api/hosts/host1/release", {{200, host(R"j("released":["quarantine (no power)"])j"), ""}}},
                    {"POST /api/hosts/host1/quarantine", {{200, boost::json::serialize(with(quarantined)), ""}}},
                    {"POST /api/hosts/host1/reserve", {{200, boost::json::serialize(with(quarantined)), ""}}}});
  const auto klab = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), "host");
    arguments.insert(arguments.end(), {"--socket", daemon.socket().string()});
    return run_klab(arguments);
  };
  CHECK(klab({"list", "--json"}).out == "{\"hosts\":[]}\n");
  auto ran = klab({"probe", "host1"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "host1: all is in order\n  ok   power state: off\n");
  ran = klab({"probe", "host1"});
  CHECK(ran.code == 3);
  CHECK(ran.out == "host1: 1 of 1 findings are bad\n  bad  BMC: silent\n       remedy: wake it\n");
  CHECK(klab({"health", "host1"}).code == 0);
  CHECK(klab({"health", "host1"}).code == 3);
  ran = klab({"health", "host1", "--run"});
  CHECK(ran.code == 0);
  CHECK(ran.out == "experiment 20: A/A: host1 against itself\nklab watch 20 follows it, klab host health host1 shows what came of it\n");
  CHECK(klab({"release", "host1"}).out == "host1 is released from: quarantine (no power)\n");
  CHECK(klab({"quarantine", "host1", "--reason", "no power"}).out ==
        "host1 is quarantined: no power\nklab host release host1 ends that\n"
        "it is still measuring experiment 12, boot 3 of 10; that goes on, klab cancel ends it\n");
  CHECK(klab({"reserve", "host1", "--for", "bob", "--until", "+2h"}).out ==
        "host1 is reserved for bob until " + when + "\nit is still measuring experiment 12, boot 3 of 10; that goes on, klab cancel ends it\n");
  const auto sent = parse(daemon.bodies().back());
  CHECK(sent.at("person") == "bob");
  CHECK(sent.at("until").is_double());
  CHECK(parse(daemon.bodies().at(daemon.bodies().size() - 2)).at("reason") == "no power");
  ran = klab({"show", "a/../b"});
  CHECK(daemon.asked().back() == "GET /api/hosts/a%2F..%2Fb");
  CHECK(ran.code == 64);
}

TEST_CASE("klab host: usage") {
  CHECK(run_klab({"host"}).err == "klab: cannot use the command line: A subcommand is required; klab host --help tells more\n");
  CHECK(run_klab({"host", "nope"}).err == "klab: cannot use the command line: no command \"nope\"; klab host --help tells more\n");
  CHECK(run_klab({"host", "reserve", "host1", "--for", "bob"}).err ==
        "klab: cannot use the command line: --until is required; klab host reserve --help tells more\n");
  CHECK(run_klab({"host", "probe"}).err == "klab: cannot use the command line: NAME is required; klab host probe --help tells more\n");
  const auto over = run_klab({"host", "reserve", "host1", "--for", "bob", "--until", "2020-01-01 10:00"});
  CHECK(over.code == 64);
  CHECK(over.err == "klab: cannot reserve until \"2020-01-01 10:00\": that is over; give a time to come\n");
}

TEST_CASE("host reserve: times as people say them") {
  CHECK(parse_until("+30m", 1000.0).value() == 2800.0);
  CHECK(parse_until("+2h", 1000.0).value() == 8200.0);
  CHECK(parse_until("+1d", 1000.0).value() == 87400.0);
  const double minute = 1780588056 - 1780588056 % 60;
  CHECK(parse_until(local_time(minute), 1000.0).value() == minute);
  for (const char* odd : {"", "+2", "+h", "2h", "+2w", "2026-02-30 10:00", "2026-01-01", "2026-01-01 10:00 UTC", "2026-01-01 25:00"}) {
    const auto refused = parse_until(odd, 1000.0);
    REQUIRE(refused.has_error());
    CHECK(refused.error().message ==
          fmt::format("cannot reserve until \"{}\": give a local time such as \"2026-11-21 18:00\", or +30m, +2h, +1d", odd));
  }
}
