// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/ipmi_machine.hpp"

#include <spdlog/spdlog.h>

#include <cstdlib>

#include "machine/ipmi/host_boot.hpp"
#include "machine/ipmi/power.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;

namespace {

class IpmiMachine : public Machine, public Host, public Diagnosable {
 public:
  IpmiMachine(asio::any_io_executor executor, MachineSpec spec, HostSpec host, IpmiLab lab)
      : executor_(executor),
        spec_(std::move(spec)),
        host_(std::move(host)),
        lab_(std::move(lab)),
        power_(host_, make_freeipmi_bmc(host_), lab_.time) {}
  ~IpmiMachine() override { workers_.join(); }

  const MachineSpec& spec() const override { return spec_; }
  awaitable<Result<Acceleration>> prepare(BootSpec probe) override;
  awaitable<Result<void>> start(BootSpec boot, BootEvents& events) override;
  awaitable<Result<void>> power_off() override;
  awaitable<Result<HostFingerprint>> fingerprint() override;
  HostState host_state() override {
    HostState state;
    state.governor = "n/a";  // the guest tells of its own; see its facts
    return state;
  }
  awaitable<std::vector<ProbeFinding>> probe() override;
  awaitable<Result<void>> end_use() override;
  std::string results_statement(const std::string& boot) override;
  awaitable<Result<void>> inject_nmi() override;

 private:
  asio::any_io_executor executor_;
  const MachineSpec spec_;
  const HostSpec host_;
  const IpmiLab lab_;
  asio::thread_pool workers_{1};  // for what blocks while a console is opened
  HostPower power_;
  std::shared_ptr<HostBoot> boot_;
  std::string coming_boot_, coming_token_;  // of the boot whose job is being written
};

// A BMC that does not answer now is not asked for ever: the experiment is told.
awaitable<Result<Acceleration>> IpmiMachine::prepare(BootSpec) {
  if (lab_.netboot.listen.empty())
    co_return input_error("cannot boot host \"{}\": klabd serves no kernels; give [netboot] listen", host_.name);
  const auto deadline = lab_.time.now() + host_.power_limit;
  for (;;) {
    Result<bool> on = co_await power_.is_on();
    if (on) break;
    if (on.error().kind == ErrorKind::input || lab_.time.now() >= deadline) co_return on.error();
    co_await lab_.time.sleep(std::chrono::seconds(1));
  }
  co_return host_.simulated ? Acceleration::simulated_host : Acceleration::bare_metal;
}

std::string IpmiMachine::results_statement(const std::string& boot) {
  coming_boot_ = boot;
  coming_token_ = new_token();
  if (host_.results == DeliveryWay::console) return "results console";
  const auto colon = lab_.netboot.listen.rfind(':');
  return fmt::format("results http {} {} /netboot/{}/results", lab_.netboot.listen.substr(0, colon), lab_.netboot.listen.substr(colon + 1),
                     coming_token_);
}

awaitable<Result<void>> IpmiMachine::start(BootSpec boot, BootEvents& events) {
  if (boot_)
    co_return lab_error("cannot start \"{}\": host \"{}\" still has a boot; power it off first", boot.id, host_.name);
  if (auto checked = check_netboot_line(boot.command_line); !checked) co_return checked.error();
  std::error_code error;
  for (const auto& file : {boot.kernel, boot.initramfs})
    if (!std::filesystem::is_regular_file(file, error))
      co_return input_error("cannot boot \"{}\": \"{}\" is no file", boot.id, file.string());
  if (coming_boot_ != boot.id) results_statement(boot.id);
  HostConsole::MakeLine make = [this] { return make_console_line(executor_, host_, console_speed(spec_), workers_); };
  HostBoot::Means means{executor_, host_, power_, lab_.board, lab_.time, std::move(make)};
  NetbootOffer offer{host_.name, host_.mac, boot.id, boot.kernel, boot.initramfs, boot.command_line, host_.address};
  boot_ = std::make_shared<HostBoot>(std::move(means), coming_token_, std::move(offer), events);
  boot_->begin();
  co_return Result<void>{};
}

awaitable<Result<void>> IpmiMachine::power_off() {
  if (!boot_) co_return Result<void>{};
  const auto boot = std::exchange(boot_, nullptr);
  co_await boot->finish();
  if (!boot->powered()) co_return Result<void>{};  // it is off, or its BMC has just been asked in vain
  std::stop_token never;
  Result<void> off = co_await power_.switch_to(false, never);
  co_return off;
}

awaitable<Result<void>> IpmiMachine::end_use() {
  std::stop_token never;
  // Off first in any case: what runs on it may be a kernel of ours.
  Result<void> done = co_await power_.switch_to(false, never);
  if (!done || host_.after_use == AfterUse::off) co_return done;
  co_await lab_.time.sleep(host_.settle);
  done = co_await power_.switch_to(true, never);
  co_return done;
}

awaitable<Result<HostFingerprint>> IpmiMachine::fingerprint() {
  const auto deadline = lab_.time.now() + host_.power_limit;
  HostFingerprint fingerprint;
  for (;;) {
    Result<std::map<std::string, std::string>> identity = co_await power_.identity();
    if (identity) {
      fingerprint.facts = *identity;
      break;
    }
    if (identity.error().kind == ErrorKind::input || lab_.time.now() >= deadline) co_return identity.error();
    co_await lab_.time.sleep(std::chrono::seconds(1));
  }
  fingerprint.facts["architecture"] = name(spec_.architecture);
  fingerprint.facts["boots by"] = host_.netboot == NetbootWay::uefi ? "UEFI netboot" : "legacy netboot";
  co_return fingerprint;
}

awaitable<Result<void>> IpmiMachine::inject_nmi() { co_return co_await power_.interrupt(); }

awaitable<std::vector<ProbeFinding>> IpmiMachine::probe() {
  if (boot_) {
    std::vector<ProbeFinding> busy;
    busy.push_back({"boot", false, "a boot is under way", "wait for it"});
    co_return busy;
  }
  co_return co_await probe_host(executor_, spec_, host_, power_, lab_.netboot);
}

}  // namespace

int console_speed(const MachineSpec& spec) {
  const auto comma = spec.kernel_console.find(',');
  const int speed = comma == std::string::npos ? 0 : std::atoi(spec.kernel_console.c_str() + comma + 1);
  return speed > 0 ? speed : 9600;  // the kernel's own default
}

std::unique_ptr<Machine> make_ipmi_machine(asio::any_io_executor executor, MachineSpec spec, HostSpec host, IpmiLab lab) {
  return std::make_unique<IpmiMachine>(std::move(executor), std::move(spec), std::move(host), std::move(lab));
}

}  // namespace klab
