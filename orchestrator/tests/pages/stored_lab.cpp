// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/pages/stored_lab.hpp"

#include <fmt/format.h>

#include <cmath>

#include "tests/pages/stored_parts.hpp"

namespace klab::test {
StoredLab::StoredLab(Database& database)
    : experiments_(database), builds_(database), boots_(database), hosts_(database), nights_(database), trends_(database) {
  database.connection().exec("PRAGMA synchronous = OFF");
}

Series StoredLab::series(const std::string& title, const std::string& author, const std::string& id, int patches) {
  Series out;
  out.title = title;
  out.author = author;
  out.version = 2;
  out.cover =
      "Waking a worker for every queued item costs an IPI each time.\n\nThis series defers the wakeup until the lock is "
      "dropped.\n";
  out.cover_message_id = id;
  out.change_id = "I5eed" + id.substr(0, 8);
  for (int i = 1; i <= patches; ++i) {
    Patch patch;
    patch.number = i;
    patch.subject = fmt::format("workqueue: part {} of {}", i, title);
    patch.author = author;
    patch.date = "Thu, 4 Jun 2026 12:00:00 +0200";
    patch.message_id = fmt::format("{}-{}", i, id);
    patch.files = {"kernel/workqueue.c"};
    patch.mail = fmt::format("From {} Mon Sep 17 00:00:00 2001\nFrom: {}\nSubject: [PATCH v2 {}/{}] {}\n\nbody\n", commit(i),
                             author, i, patches, patch.subject);
    out.patches.push_back(std::move(patch));
  }
  return out;
}

ExperimentPlan StoredLab::plan(const std::string& title, std::vector<std::string> labels) {
  ExperimentPlan out;
  out.title = title;
  out.submitter = "ada";
  out.seed = 815 + title.size();
  for (const auto& label : labels) {
    ArmPlan arm;
    arm.label = label;
    arm.tree = "debian";
    arm.kconfig.fragments = {{"lab", "CONFIG_SMP=y\n"}};
    arm.machine = "vm";
    out.arms.push_back(arm);
  }
  for (std::size_t i = 1; i < labels.size(); ++i) out.contrasts.emplace_back(0, i);
  WorkloadPlan workload;
  workload.name = "workqueue";
  workload.request = "workqueue:profile=quick";
  workload.hash = std::string(64, 'a');
  workload.metrics = {{"throughput", "items/s", Better::higher, true, 0.0},
                      {"p95", "ns", Better::lower, true, 0.0},
                      {"max", "ns", Better::lower, false, 0.0}};
  workload.facts = {{"scope", "which affinity scope the workqueue had", true}};
  out.workloads.push_back(workload);
  return out;
}

void StoredLab::builds(const ExperimentRecord& record, double when, Outcome outcome) {
  for (std::size_t i = 0; i < record.arms.size(); ++i) {
    const auto id = must(builds_.start(when));
    BuildRecord build;
    build.id = id;
    build.key = std::string(64, static_cast<char>('b' + i % 5));
    build.outcome = i + 1 == record.arms.size() ? outcome : Outcome::ok;
    if (build.outcome != Outcome::ok) {
      build.message = "kernel/workqueue.c:1034:2: error: implicit declaration of function 'kick_pool_later'";
      build.tail = "  CC      kernel/workqueue.o\nkernel/workqueue.c: In function '__queue_work':\n" + build.message +
                   "\nmake: *** [kernel] Error 2\n";
    }
    build.log = "  CC      init/main.o\n  CC      kernel/workqueue.o\n  LD      vmlinux\n";
    build.kernel_sha256 = std::string(64, 'c');
    build.release = "6.12.48-klab";
    build.compiler = "gcc (Debian 12.2.0-14) 12.2.0";
    build.config = "CONFIG_SMP=y\nCONFIG_PREEMPT_NONE=y\n";
    build.from_cache = i == 0;
    build.started = when;
    build.finished = when + 210;
    must(builds_.finish(build));
    must(experiments_.set_arm_build(record.arms[i].id, id));
    must(experiments_.set_arm_base(record.arms[i].id, commit(static_cast<int>(record.id % 9)), "base-commit",
                                   {{"base-commit", commit(3), true, "the tree has it", ""}}));
  }
}

void StoredLab::boot(const ExperimentRecord& record, const Slot& slot, double factor, const Effects& effects, double when,
                     bool crash) {
  std::normal_distribution<double> normal(0.0, 1.0);
  BootStart start;
  start.slot = slot.id;
  start.started = when;
  start.acceleration = "KVM";
  start.command_line = "console=ttyS0 mitigations=auto klab.job=1";
  start.case_seed = random_();
  start.nonce = fmt::format("{:x}", random_());
  start.reproduce = "#!/bin/sh\nqemu-system-x86_64 -kernel bzImage -initrd job.cpio -append \"console=ttyS0\" -smp 8 -m 1024\n";
  start.fingerprint.facts = {{"cpu", "AMD EPYC 9354P 32-Core Processor"},
                             {"cpus", "32"},
                             {"architecture", "x86_64"},
                             {"microcode", "0xa101148"},
                             {"qemu", "7.2.17"},
                             {"kernel", "6.1.0-28-amd64"},
                             {"compiler", "gcc 12.2.0"}};
  start.before = {0.12, 10.0, "performance"};
  const auto id = must(boots_.start(start));
  BootEnd end;
  end.finished = when + 42.0 + normal(random_);
  end.console = "[    0.000000] Linux version 6.12.48-klab\n[    1.734000] Run /init as init process\n";
  end.guest_facts = {{"release", "6.12.48-klab"}, {"cpus", "8"}, {"clocksource", "kvm-clock"}};
  end.after = {0.97, 10.01, "performance"};
  end.seconds_to_userspace = 1.7 + 0.05 * normal(random_);
  end.outcome = crash ? Outcome::crashed : Outcome::ok;
  if (crash) {
    end.title = "BUG: kernel NULL pointer dereference in kick_pool";
    end.excerpt =
        "[   12.481233] BUG: kernel NULL pointer dereference, address: 0000000000000018\n[   12.481240] RIP: "
        "0010:kick_pool+0x2e/0xd0\n"
        "[   12.481251] Call Trace:\n[   12.481253]  __queue_work+0x1f3/0x3e0\n[   12.481259]  queue_work_on+0x3a/0x50\n";
    end.console += end.excerpt;
  } else {
    for (const auto& workload : record.plan.workloads)
      for (std::size_t c = 0; c < std::size(cases); ++c)
        for (const auto& metric : workload.metrics) {
          const bool higher = metric.better == Better::higher;
          const double base = higher                 ? 2.1e6 + 2e5 * static_cast<double>(c)
                              : metric.name == "p95" ? 5200.0 + 300.0 * static_cast<double>(c)
                                                     : 61000.0;
          const double level =
              base * std::exp(effects.noise * normal(random_)) * (c < 3 ? (higher ? factor : 1.0 / factor) : 1.0);
          std::vector<double> kept;
          for (int pass = 0; pass < 4; ++pass) {
            const double value = std::round(level * (pass == 0 ? (higher ? 0.7 : 1.5) : std::exp(0.002 * normal(random_))));
            end.samples.push_back({workload.name, cases[c], metric.name, pass, pass == 0, value});
            if (pass > 0) kept.push_back(value);
          }
          std::sort(kept.begin(), kept.end());
          end.summaries.push_back({workload.name, cases[c], metric.name, kept[1], 3});
        }
    end.unavailable = {{"workqueue", "cache_shard", "this kernel has no such affinity scope"}};
    end.facts = {{"workqueue", "cpu", "scope", 1, false, "cpu"}};
    end.notes = {{0.4, "the guest asked for its job"}};
  }
  must(boots_.finish(id, end));
}

std::int64_t StoredLab::store(const ExperimentPlan& plan, const std::vector<double>& factors, const Effects& effects,
                              double when) {
  const auto id = must(experiments_.add(plan, when));
  const auto record = must(experiments_.get(id));
  builds(record, when + 5);
  std::vector<std::int64_t> order;
  for (int b = 0; b < plan.boots; ++b)
    for (const auto& arm : record.arms) order.push_back(arm.id);
  std::shuffle(order.begin(), order.end(), random_);
  must(boots_.add_slots(id, order));
  int left = effects.failed;
  for (const auto& slot : must(boots_.slots(id)))
    for (std::size_t i = 0; i < record.arms.size(); ++i)
      if (record.arms[i].id == slot.arm)
        boot(record, slot, factors[i], effects, when + 240 + 45.0 * slot.position, i + 1 == record.arms.size() && left-- > 0);
  must(experiments_.finish(id, Outcome::ok, "", "", when + 300 + 45.0 * static_cast<double>(order.size())));
  must(trends_.set_seen(id));
  return id;
}

std::vector<std::int64_t> StoredLab::add_experiments() {
  std::vector<std::int64_t> ids;
  double when = first_day + 55 * 86400.0;
  const auto next = [&] { return when += 5400.0; };
  const auto with_series = [&](ExperimentPlan made, const Series& series) {
    made.series.push_back(series);
    for (std::size_t i = 1; i < made.arms.size(); ++i) made.arms[i].series = 0;
    return made;
  };
  const auto wakeup = series("workqueue: defer wakeups until the pool lock is dropped", "Ada Byron <ada@example.org>",
                             "20260604.1@example.org", 3);
  ids.push_back(store(with_series(plan(wakeup.title, {"baseline", "patched"}), wakeup), {1.0, 1.17}, {}, next()));
  const auto stats = series("workqueue: count every wakeup", "Grace Hopper <grace@example.org>", "20260611.7@example.org", 1);
  ids.push_back(store(with_series(plan(stats.title, {"baseline", "patched"}), stats), {1.0, 0.93}, {1.0, 0.008, 2}, next()));
  ids.push_back(store(with_series(plan("mm: rename a helper", {"baseline", "patched"}),
                                  series("mm: rename a helper", "Linus B. <lb@example.org>", "20260612.3@example.org", 1)),
                      {1.0, 1.001}, {1.0, 0.02, 0}, next()));
  auto three = plan("how much does each half bring", {"base", "half", "whole"});
  three.series.push_back(wakeup);
  three.arms[1].series = three.arms[2].series = 0;
  three.arms[1].patches = PatchRange{1, 2};
  three.contrasts = {{0, 1}, {1, 2}};
  ids.push_back(store(three, {1.0, 1.06, 1.16}, {}, next()));

  auto bad = plan("workqueue: does not apply", {"baseline", "patched"});
  ids.push_back(must(experiments_.add(bad, next())));
  must(experiments_.finish(ids.back(), Outcome::apply_failed, "cannot apply patch 1 \"workqueue: part 1\": git am refused it",
                           "error: patch failed: kernel/workqueue.c:1034\nerror: kernel/workqueue.c: patch does not apply\n",
                           when + 20));
  auto broken = plan("workqueue: does not build", {"baseline", "patched"});
  ids.push_back(must(experiments_.add(broken, next())));
  builds(must(experiments_.get(ids.back())), when, Outcome::build_failed);
  must(experiments_.finish(ids.back(), Outcome::build_failed,
                           "cannot build \"patched\": implicit declaration of function 'kick_pool_later'",
                           "kernel/workqueue.c:1034:2: error: implicit declaration of function 'kick_pool_later'\n", when + 200));

  auto evil = plan(hostile, {"baseline", "patched"});
  evil.submitter = "mallory<b>";
  auto mails = series(hostile, std::string("Mallory ") + hostile + " <m@example.org>", "<\"evil\">@example.org", 1);
  mails.cover = std::string(hostile) + "\n</pre><script>alert(2)</script>\n";
  evil.arms[1].command_line = hostile;
  evil.workloads[0].request = hostile;
  ids.push_back(store(with_series(evil, mails), {1.0, 1.05}, {1.0, 0.01, 1}, next()));

  auto waiting = plan("A/A: host1 against itself", {"a1", "a2"});
  for (auto& arm : waiting.arms) arm.machine = "host1";
  ids.push_back(must(experiments_.add(waiting, next())));
  for (const auto id : ids) must(trends_.set_seen(id));
  return ids;
}

void StoredLab::add_aa_runs(int runs) {
  std::normal_distribution<double> normal(0.0, 1.0);
  for (int i = 0; i < runs; ++i) {
    const double when = first_day + i * 3.0 * 86400.0;
    const auto id = store(plan("A/A: vm against itself", {"aa-1", "aa-2"}), {1.0, 1.0}, {}, when);
    std::vector<NoiseSeen> seen;
    for (const auto* one : cases)
      for (const auto* metric : {"throughput", "p95"})
        seen.push_back({{"workqueue", one, metric}, true, std::fabs(0.006 * normal(random_))});
    must(trends_.add_noise(id, "vm", seen, when));
    must(trends_.set_seen(id));
  }
}

void StoredLab::add_unplaced() {
  for (const char* machine : {"pool=small", "bench-that-was-sold"}) {
    auto waiting = plan(fmt::format("A/A: {} against itself", machine), {"a1", "a2"});
    for (auto& arm : waiting.arms) arm.machine = machine;
    must(experiments_.add(waiting, first_day + 57 * 86400.0));
  }
}

void StoredLab::add_host() {
  must(hosts_.quarantine("host1", "cannot read power state: the BMC does not answer", "klabd", first_day + 57 * 86400.0));
  must(hosts_.set_probe(
      "host1", {first_day + 57 * 86400.0,
                {{"power state", false, "no answer within 20 s", "look at the BMC's network"}, {"SOL", true, "opens", ""}}}));
}

}  // namespace klab::test
