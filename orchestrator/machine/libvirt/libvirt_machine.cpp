// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/libvirt/libvirt_machine.hpp"

#include <spdlog/spdlog.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "machine/host_facts.hpp"
#include "machine/libvirt/boot.hpp"
#include "machine/libvirt/event_loop.hpp"
#include "machine/libvirt/log.hpp"
#include "util/hash.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;

namespace {

// Waits for init's first line, or the end of a boot that does not come so far.
class ProbeEvents : public BootEvents {
 public:
  explicit ProbeEvents(const asio::any_io_executor& executor) : decided(executor) {}
  void console(std::string_view bytes) override {
    // The marker may be cut in two: keep enough of the end for it.
    recent_.append(bytes);
    if (recent_.find(kInitMarker) != std::string::npos) {
      reached_init = true;
      decided.cancel();
    }
    if (recent_.size() > kInitMarker.size()) recent_.erase(0, recent_.size() - kInitMarker.size());
  }
  void results(std::string_view) override {}
  void note(std::string) override {}
  void loading() override {}
  void loaded() override {}
  void results_cut(bool) override {}
  void ended(PowerEnd end, std::string detail) override {
    has_ended = true;
    how = reached_init ? std::string() : fmt::format("{} ({})", name(end), detail);
    decided.cancel();
  }

  asio::steady_timer decided;
  bool reached_init = false;
  bool has_ended = false;
  std::string how;

 private:
  std::string recent_;
};

class LibvirtMachine : public Machine, public Diagnosable {
 public:
  LibvirtMachine(MachineSpec spec, std::shared_ptr<LibvirtConnection> connection)
      : spec_(std::move(spec)), connection_(std::move(connection)) {}

  const MachineSpec& spec() const override { return spec_; }
  awaitable<Result<Acceleration>> prepare(BootSpec probe) override;
  awaitable<Result<void>> start(BootSpec boot, BootEvents& events) override;
  awaitable<Result<void>> power_off() override;
  awaitable<Result<HostFingerprint>> fingerprint() override;
  HostState host_state() override;
  awaitable<Result<void>> inject_nmi() override;

 private:
  awaitable<Result<void>> start_with(BootSpec boot, Acceleration acceleration, BootEvents& events);
  awaitable<Result<bool>> kvm_boots(BootSpec probe);

  const MachineSpec spec_;
  const std::shared_ptr<LibvirtConnection> connection_;
  std::optional<Acceleration> acceleration_;
  std::string why_not_kvm_;
  std::shared_ptr<LibvirtBoot> boot_;
  std::string domain_;  // of boot_
};

awaitable<Result<Acceleration>> LibvirtMachine::prepare(BootSpec probe) {
  Result<void> opened = co_await connection_->open();
  if (!opened) co_return opened.error();
  // A guest whose power-off failed would make the probe look like one that KVM cannot run.
  Result<void> rested = co_await power_off();
  if (!rested) co_return rested.error();
  acceleration_.reset();
  if (spec_.acceleration != "tcg") {
    const auto known = connection_->kvm_works.find(spec_.architecture);
    bool works = known != connection_->kvm_works.end() && known->second;
    if (known == connection_->kvm_works.end()) {
      Result<bool> tried = co_await kvm_boots(std::move(probe));
      if (!tried) co_return tried.error();
      works = *tried;
      connection_->kvm_works[spec_.architecture] = works;
    }
    if (works) acceleration_ = Acceleration::kvm;
    if (!works && spec_.acceleration == "kvm") {
      const std::string why = why_not_kvm_.empty() ? "no guest boots under it on this host" : why_not_kvm_;
      co_return input_error("cannot use KVM on machine \"{}\": {}; give it acceleration = \"auto\" or "
                            "\"tcg\"",
                            spec_.name, why);
    }
  }
  if (!acceleration_) acceleration_ = Acceleration::tcg;
  co_return *acceleration_;
}

awaitable<Result<bool>> LibvirtMachine::kvm_boots(BootSpec probe) {
  Result<bool> offered = co_await connection_->offers_kvm(spec_.architecture);
  if (!offered) co_return offered.error();
  if (!*offered) {
    why_not_kvm_ = "libvirt does not offer it on this host";
    spdlog::info("machine {}: no KVM: {}", spec_.name, why_not_kvm_);
    co_return false;
  }
  ProbeEvents events(connection_->executor());
  events.decided.expires_after(connection_->settings().probe_limit);
  Result<void> started = co_await start_with(std::move(probe), Acceleration::kvm, events);
  if (!started) {
    // Wrong files are the caller's affair; that QEMU cannot start with KVM is an answer.
    if (started.error().kind == ErrorKind::input) co_return started.error();
    why_not_kvm_ = started.error().message;
  } else {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    if (!events.reached_init && !events.has_ended) co_await events.decided.async_wait(token);
    if (!events.reached_init)
      why_not_kvm_ = "a probe guest did not reach its init: " +
                     (events.has_ended ? events.how : std::string("no end within its time"));
    Result<void> stopped = co_await power_off();
    if (!stopped) co_return stopped.error();
  }
  if (!events.reached_init) spdlog::info("machine {}: no KVM: {}", spec_.name, why_not_kvm_);
  co_return events.reached_init;
}

awaitable<Result<void>> LibvirtMachine::start(BootSpec boot, BootEvents& events) {
  if (!acceleration_ || !connection_->is_open())
    co_return lab_error("cannot start \"{}\": machine \"{}\" has not been prepared", boot.id, spec_.name);
  co_return co_await start_with(std::move(boot), *acceleration_, events);
}

awaitable<Result<void>> LibvirtMachine::start_with(BootSpec boot, Acceleration acceleration,
                                                   BootEvents& events) {
  auto checked = check_boot(spec_, boot);
  if (!checked) co_return checked.error();
  if (boot_)
    co_return lab_error("cannot start \"{}\": machine \"{}\" still has boot \"{}\"; power it off first",
                        boot.id, spec_.name, domain_);
  const bool embedded = connection_->embedded();
  auto listening = LibvirtBoot::listen(connection_->executor(), connection_->run_directory() / boot.id,
                                       !embedded, connection_->qemu_log(boot.id), events);
  if (!listening) co_return listening.error();
  boot_ = *listening;
  // Two labs may share a libvirt that is not ours alone: the names of their domains must differ.
  domain_ = embedded ? boot.id : boot.id + "-" + connection_->lab_mark().substr(0, 8);
  BootSpec named = std::move(boot);
  named.id = domain_;
  DomainOptions options;
  options.lab = connection_->lab_mark();
  std::string xml = domain_xml(spec_, named, acceleration, boot_->channels(), options);
  std::weak_ptr<DomainListener> listener = boot_;
  Result<void> created = co_await connection_->create(domain_, std::move(xml), std::move(listener));
  if (!created) {
    Error error = created.error();
    error.tail = boot_->qemu_words();
    boot_->abandon();
    boot_.reset();
    co_return error;
  }
  boot_->begin();
  co_return Result<void>();
}

awaitable<Result<void>> LibvirtMachine::power_off() {
  if (!boot_) co_return Result<void>();
  const std::shared_ptr<LibvirtBoot> boot = boot_;
  LibvirtBoot::Destroy destroy = [this] { return connection_->destroy(domain_); };
  Result<void> stopped = co_await boot->stop(std::move(destroy));
  // One that could not be stopped is kept: the next try has to know what to destroy.
  if (stopped) boot_.reset();
  co_return stopped;
}

awaitable<Result<HostFingerprint>> LibvirtMachine::fingerprint() {
  Result<std::map<std::string, std::string>> asked = co_await connection_->facts();
  if (!asked) co_return asked.error();
  HostFingerprint fingerprint;
  fingerprint.facts = *asked;
  for (const auto& [fact, value] : local_facts("/")) fingerprint.facts[fact] = value;
  co_return fingerprint;
}

HostState LibvirtMachine::host_state() { return local_state("/"); }

awaitable<Result<void>> LibvirtMachine::inject_nmi() {
  if (!boot_ || boot_->gone())
    co_return lab_error("cannot interrupt machine \"{}\": nothing runs on it", spec_.name);
  co_return co_await connection_->inject_nmi(domain_);
}

}  // namespace

struct LibvirtRuntime::State {
  explicit State(const asio::any_io_executor& executor) : log(executor), loop(executor) {}
  LibvirtLog log;
  LibvirtEventLoop loop;
};

LibvirtRuntime::LibvirtRuntime(asio::any_io_executor executor) : state_(std::make_shared<State>(executor)) {}
LibvirtRuntime::~LibvirtRuntime() { stop(); }

void LibvirtRuntime::stop() {
  state_->loop.stop();
  state_->log.stop();
}

std::unique_ptr<Machine> make_libvirt_machine(MachineSpec spec,
                                              std::shared_ptr<LibvirtConnection> connection) {
  return std::make_unique<LibvirtMachine>(std::move(spec), std::move(connection));
}

}  // namespace klab
