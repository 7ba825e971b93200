// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/measure.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/steady_timer.hpp>

#include "machine/qemu_command.hpp"
#include "model/profile.hpp"
#include "pipeline/boot_run.hpp"
#include "pipeline/guest_image.hpp"
#include "pipeline/guest_program.hpp"
#include "pipeline/room.hpp"
#include "stats/order.hpp"
#include "util/file.hpp"
#include "util/offload.hpp"
#include "util/random.hpp"
#include "util/text.hpp"
#include "workload/job.hpp"

namespace klab {
namespace asio = boost::asio;
namespace fs = std::filesystem;
namespace {

constexpr int most_attempts = 3;

struct Measurement {
  Lab& lab;
  ProgressBoard& board;
  ExperimentRecord record;
  std::vector<WorkloadRun> workloads;
  std::vector<Artefacts> artefacts;
  std::map<std::string, Acceleration> acceleration;  // by machine
  std::map<std::string, HostFingerprint> fingerprint;
  double boot_seconds = 0.0;  // of the boots finished so far in this run
  int boots_finished = 0;

  std::size_t arm_index(std::int64_t arm) const {
    std::size_t index = 0;
    while (record.arms[index].id != arm) ++index;
    return index;
  }
};

Setback lab_setback(Error error) { return Setback{Outcome::lab_error, std::move(error)}; }
Setback machine_setback(Error error, const std::string& machine) {
  auto setback = lab_setback(std::move(error));
  setback.machine = machine;
  return setback;
}

Result<void> draw_order(Measurement& m) {
  const std::vector<int> boots(m.record.arms.size(), m.record.plan.boots);
  std::vector<std::int64_t> arms;
  for (const int arm : draw_boot_order(boots, m.record.plan.seed)) arms.push_back(m.record.arms[static_cast<std::size_t>(arm)].id);
  if (auto added = m.lab.boots.add_slots(m.record.id, arms); !added || !m.record.plan.profile) return added;
  arms.clear();
  for (const auto& arm : m.record.arms) arms.push_back(arm.id);
  return m.lab.boots.add_profile_slots(m.record.id, arms);
}

// Sampled passes are slower; a limit that fits the others may not fit them.
std::vector<WorkloadRun> with_patience(std::vector<WorkloadRun> runs) {
  for (auto& run : runs) run.pass_timeout *= 2;
  return runs;
}

asio::awaitable<Result<void>> write_job(Measurement& m, std::size_t arm, BootJob boot, std::uint64_t seed,
                                        std::stop_token stop) {
  const auto& config = m.lab.config;
  std::string results;
  if (auto* host = dynamic_cast<Host*>(m.lab.machines.at(m.record.plan.arms[arm].machine).get()))
    results = host->results_statement(boot.spec.id);
  auto base = co_await guest_image(config.share / "images", config.cache, m.record.plan.arms[arm].architecture, stop);
  if (!base) co_return base.error();
  std::vector<JobWorkload> jobs;
  for (const auto& run : boot.workloads) {
    JobWorkload job{run, {}};
    const auto module = run.definition.binary_name();
    if (!run.definition.program.empty()) {
      auto program = co_await guest_program(run.definition, config.cache, m.record.plan.arms[arm].architecture, stop);
      if (!program) co_return program.error();
      job.program = std::move(*program);
    }
    if (const auto found = m.artefacts[arm].modules.find(module); found != m.artefacts[arm].modules.end())
      job.modules.push_back(found->second);
    for (const auto& path : run.definition.tree_modules) {
      const auto& built = m.artefacts[arm].in_tree_modules;
      if (const auto found = built.find(path.stem().string()); found != built.end()) job.modules.push_back(found->second);
    }
    jobs.push_back(std::move(job));
  }
  if (auto made = make_directories(boot.spec.initramfs.parent_path()); !made) co_return made.error();
  auto write = [base_path = *base, jobs = std::move(jobs), boot, seed, results] {
    return write_job_image(boot.spec.initramfs, base_path, jobs, {boot.nonce, seed, boot.profiled ? profile_hz : 0, results});
  };
  co_return co_await offload(m.lab.workers, std::move(write));
}

asio::awaitable<Step<void>> prepare_machines(Measurement& m, std::stop_token stop) {
  for (std::size_t i = 0; i < m.record.arms.size(); ++i) {
    const auto& name = m.record.plan.arms[i].machine;
    if (m.acceleration.count(name)) continue;
    auto& machine = *m.lab.machines.at(name);
    auto image = co_await guest_image(m.lab.config.share / "images", m.lab.config.cache, m.record.plan.arms[i].architecture, stop);
    if (!image) co_return lab_setback(image.error());
    BootSpec probe{fmt::format("klab-probe-{}", m.record.id), m.artefacts[i].kernel, *image,
                   kernel_command_line(machine.spec(), "")};
    auto acceleration = co_await machine.prepare(probe);
    if (!acceleration) co_return machine_setback(acceleration.error(), name);
    auto fingerprint = co_await machine.fingerprint();
    if (!fingerprint) co_return machine_setback(fingerprint.error(), name);
    m.acceleration[name] = *acceleration;
    m.fingerprint[name] = *fingerprint;
  }
  co_return Step<void>{};
}

// People are told at most every two seconds: whoever watches must not disturb what is measured.
BootProgressSink progress_sink(Measurement& m, Progress progress) {
  auto last = std::make_shared<double>(0.0);
  return [&m, progress, last](BootStage stage, const BootProgress& boot) mutable {
    const double now = m.lab.now();
    if (now - *last < 2.0) return;
    *last = now;
    progress.detail = boot.workload.empty() ? std::string(name(stage))
                                            : fmt::format("{} {}, pass {} of {}", boot.workload, boot.case_name,
                                                          boot.passes_begun, boot.passes_total);
    m.board.set(m.record.id, progress);
  };
}

Progress first_progress(const Measurement& m, const Slot& slot) {
  Progress progress;
  const int arms = static_cast<int>(m.record.arms.size());
  const int measured = m.record.plan.boots * arms;
  if (slot.profile) {
    progress.step = fmt::format("profile boot {} of {}, not measured", slot.position - measured, arms);
  } else {
    progress.step = fmt::format("boot {} of {}", slot.position, measured);
    progress.boot = slot.position;
    progress.boots = measured;
  }
  progress.seconds_per_boot = m.boots_finished ? m.boot_seconds / m.boots_finished : 0.0;
  return progress;
}

asio::awaitable<Step<Outcome>> boot_once(Measurement& m, Slot slot, int attempt, std::stop_token stop) {
  const auto index = m.arm_index(slot.arm);
  const auto& arm = m.record.plan.arms[index];
  auto& machine = *m.lab.machines.at(arm.machine);
  const auto acceleration = m.acceleration.at(arm.machine);
  // A seed of its own for every slot and attempt, and again the same one for the same experiment seed.
  Random random(m.record.plan.seed + static_cast<std::uint64_t>(slot.position) * 1000 + static_cast<std::uint64_t>(attempt));
  BootStart start;
  start.slot = slot.id;
  start.attempt = attempt;
  start.case_seed = random.below((1ull << 53) - 1) + 1;
  start.nonce = fmt::format("{:016x}", entropy_seed());
  start.acceleration = name(acceleration);
  start.command_line = kernel_command_line(machine.spec(), arm.command_line);
  start.fingerprint = m.fingerprint.at(arm.machine);
  start.fingerprint.facts["compiler"] = m.artefacts[index].compiler;

  BootJob job;
  job.spec = BootSpec{fmt::format("klab-{}-{}-{}", m.record.id, slot.position, attempt), m.artefacts[index].kernel,
                      job_image_path(m.lab.config, slot.id, attempt), start.command_line};
  job.acceleration = acceleration;
  job.profiled = slot.profile;
  job.workloads = slot.profile ? with_patience(m.workloads) : m.workloads;
  job.nonce = start.nonce;
  job.limits = boot_limits(machine.spec(), job.workloads);
  if (slot.profile) job.limits.run *= 2;
  job.console_limit = m.lab.config.console_limit;
  job.results_limit = m.lab.config.results_limit;
  start.reproduce = reproduce_script(machine.spec(), job.spec, acceleration,
                                     fmt::format("klab experiment {}, boot in slot {}{}, arm {}", m.record.id, slot.position,
                                                 slot.profile ? " (profiled, not measured)" : "", arm.label));
  if (!co_await wait_for_room(m.lab, m.board, m.record.id, m.lab.config.state, room_for_boot, stop)) co_return Outcome::interrupted;
  auto written = co_await write_job(m, index, job, start.case_seed, stop);
  if (!written) {
    if (written.error().kind == ErrorKind::stopped) co_return Outcome::interrupted;
    co_return lab_setback(written.error());
  }
  Progress progress = first_progress(m, slot);
  start.before = machine.host_state();
  start.started = progress.started = m.lab.now();
  m.board.set(m.record.id, progress);
  auto boot = m.lab.boots.start(start);
  if (!boot) co_return lab_setback(boot.error());

  auto sink = progress_sink(m, progress);
  const auto began = std::chrono::steady_clock::now();
  auto end = co_await run_boot(machine, job, std::move(sink), stop);
  // The wall clock may be set while a boot runs; its length must not change for that.
  end.finished = start.started + std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (const double jump = m.lab.now() - end.finished; std::abs(jump) > 5.0)
    spdlog::warn("experiment {}: slot {}: the host's clock jumped by {:+.0f} s during the boot; its end is told by the monotonic clock",
                 m.record.id, slot.position, jump);
  end.after = machine.host_state();
  if (end.outcome == Outcome::interrupted) {
    end.samples.clear();  // discarded whole
    end.unavailable.clear();
    end.facts.clear();
    end.profiles.clear();
  }
  auto stored = m.lab.boots.finish(*boot, end);
  // What has been measured is kept until there is room for it.
  while (!stored && m.lab.room.free(m.lab.config.state) < room_for_boot) {
    if (!co_await wait_for_room(m.lab, m.board, m.record.id, m.lab.config.state, room_for_boot, stop)) break;
    stored = m.lab.boots.finish(*boot, end);
  }
  if (!stored) co_return lab_setback(stored.error());
  if (!runs_again(end.outcome)) {
    m.boot_seconds += end.finished - start.started;
    ++m.boots_finished;
  } else {
    std::error_code ignored;
    fs::remove(job.spec.initramfs, ignored);
  }
  spdlog::info("experiment {}: slot {} ({}): {}{}{}", m.record.id, slot.position, arm.label, name(end.outcome),
               end.title.empty() ? "" : ": ", end.title);
  co_return end.outcome;
}

// What the lab's own trouble was in the slot's latest boot.
std::string latest_trouble(Measurement& m, const Slot& slot) {
  auto boots = m.lab.boots.list(m.record.id, slot.profile ? BootKind::profiled : BootKind::measured);
  std::string title;
  if (boots)
    for (const auto& boot : *boots)
      if (boot.position == slot.position && !boot.title.empty()) title = boot.title;
  return title;
}

// Boots in the slot until one is a result.
asio::awaitable<Step<void>> fill_slot(Measurement& m, Slot slot, std::stop_token stop) {
  if (slot.result) co_return Step<void>{};
  // Attempts of an earlier life of the daemon do not count against the lab's patience.
  for (int attempt = slot.attempts + 1, tries = 1;; ++attempt, ++tries) {
    if (stop.stop_requested()) co_return Setback{Outcome::interrupted, make_error(ErrorKind::stopped, "stopped")};
    auto outcome = co_await boot_once(m, slot, attempt, stop);
    if (!outcome) co_return outcome.error();
    if (*outcome == Outcome::interrupted)
      co_return Setback{Outcome::interrupted, make_error(ErrorKind::stopped, "stopped")};
    if (!runs_again(*outcome)) co_return Step<void>{};
    if (tries >= most_attempts)
      co_return machine_setback(lab_error("slot {} was spoiled {} times by the lab, at last: {}; klab show {} has the others",
                                          slot.position, tries, latest_trouble(m, slot), m.record.id),
                                m.record.plan.arms[m.arm_index(slot.arm)].machine);
  }
}

}  // namespace

fs::path job_image_path(const Config& config, std::int64_t slot, int attempt) {
  return config.state / "boots" / fmt::format("{}-{}.cpio", slot, attempt);
}

std::string kernel_command_line(const MachineSpec& machine, const std::string& arm) {
  // An oops becomes a panic, and a panic stays on the console until the lab has read it.
  std::string line = "console=" + machine.kernel_console;
  if (machine.kernel_console.empty()) line += machine.architecture == Architecture::arm64 ? "ttyAMA0" : "ttyS0";
  line += " oops=panic panic=0";
  return arm.empty() ? line : line + " " + arm;
}

namespace {

// On the host itself, under whatever system it has: the same kernel over kexec.
std::string reproduce_on_host(const MachineSpec& machine, const BootSpec& boot, const std::string& title) {
  return "#!/bin/sh\n# " + printable(title) + "\n# To be run on " + machine.name +
         " as root, with these two files copied there. The host boots the same kernel, initramfs and\n"
         "# command line at once; its results go to a boot that is over, so they come over the console.\n"
         "set -eu\n" +
         fmt::format("kexec -l {} --initrd={} --command-line={}\nexec kexec -e\n", shell_quote(boot.kernel.string()),
                     shell_quote(boot.initramfs.string()), shell_quote(boot.command_line));
}

}  // namespace

std::string reproduce_script(const MachineSpec& machine, const BootSpec& boot, Acceleration acceleration,
                             const std::string& title) {
  if (machine.driver == "ipmi") return reproduce_on_host(machine, boot, title);
  std::string script = "#!/bin/sh\n# " + printable(title) +
                       "\n# Boots the same kernel, initramfs and command line with nothing but QEMU. The console comes to\n"
                       "# standard output, the results (one frame a line) to the file named by RESULTS.\n"
                       "RESULTS=${RESULTS:-./results}\nset -eu\n";
  for (const auto& file : {boot.kernel, boot.initramfs})
    script += fmt::format("[ -r {} ] || {{ echo {} >&2; exit 1; }}\n", shell_quote(file.string()),
                          shell_quote("cannot read " + file.string() + ": the lab's cache or state was emptied"));
  script += ": >\"$RESULTS\"\nexec";
  const std::string placeholder = "@RESULTS@";
  for (const auto& word : qemu_command(machine, boot, acceleration, placeholder)) {
    std::string quoted = shell_quote(word);
    if (const auto at = quoted.find(placeholder); at != std::string::npos) {
      const bool in_quotes = quoted.front() == '\'';
      quoted.replace(at, placeholder.size(), in_quotes ? "'\"$RESULTS\"'" : "\"$RESULTS\"");
    }
    script += " \\\n  " + quoted;
  }
  return script + "\n";
}

asio::awaitable<Step<void>> measure(Lab& lab, ProgressBoard& board, ExperimentRecord record, std::vector<WorkloadRun> workloads,
                                    std::vector<Artefacts> artefacts, std::stop_token stop) {
  Measurement m{lab, board, std::move(record), std::move(workloads), std::move(artefacts), {}, {}, 0.0, 0};
  if (auto drawn = draw_order(m); !drawn) co_return lab_setback(drawn.error());
  auto prepared = co_await prepare_machines(m, stop);
  if (!prepared) co_return prepared.error();
  auto slots = lab.boots.slots(m.record.id);
  if (!slots) co_return lab_setback(slots.error());
  for (const auto& slot : *slots) {
    auto filled = co_await fill_slot(m, slot, stop);
    if (!filled) co_return filled.error();
  }
  // Behind all that is measured: nothing they do can touch it.
  auto profiled = lab.boots.slots(m.record.id, BootKind::profiled);
  if (!profiled) co_return lab_setback(profiled.error());
  for (const auto& slot : *profiled) {
    auto filled = co_await fill_slot(m, slot, stop);
    if (filled) continue;
    if (filled.error().outcome == Outcome::interrupted) co_return filled.error();
    spdlog::warn("experiment {}: no profile of slot {}: {}", m.record.id, slot.position, printable(filled.error().error.message));
  }
  co_return Step<void>{};
}

}  // namespace klab
