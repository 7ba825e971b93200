// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/ipmi/power.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>

#include "util/offload.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;
using namespace std::chrono_literals;

namespace {

constexpr int most_commands = 4;
// Where packets are lost one session takes as long as a short limit; it is not given up for one that failed.
constexpr int fewest_tries = 3;
constexpr auto first_pause = 250ms;
constexpr auto longest_pause = 2000ms;
// A verb that showed nothing is given again: power on and off change nothing where it is so already.
constexpr auto again_after = 10s;

const char* state(bool on) { return on ? "on" : "off"; }

Error stopped() { return make_error(ErrorKind::stopped, "stopped"); }

}  // namespace

HostPower::HostPower(const HostSpec& host, std::shared_ptr<Bmc> bmc, Timekeeper& time)
    : host_(host), bmc_(std::move(bmc)), time_(time) {}

HostPower::~HostPower() { thread_.join(); }

awaitable<Result<bool>> HostPower::is_on() {
  auto ask = [bmc = bmc_] { return bmc->is_on(); };
  co_return co_await offload(thread_, std::move(ask));
}

awaitable<Result<void>> HostPower::switch_to(bool on, std::stop_token stop) {
  const auto began = time_.now();
  const auto deadline = began + host_.power_limit;
  auto pause = std::chrono::milliseconds(first_pause);
  auto command_due = began;
  int commands = 0, tries = 0;
  std::optional<Error> refusal, silence;  // of the last command and of the last question
  while (!stop.stop_requested()) {
    Result<bool> now_on = co_await is_on();
    if (!now_on && now_on.error().kind == ErrorKind::input) co_return now_on.error();
    if (now_on && *now_on == on) co_return Result<void>{};
    silence.reset();
    if (!now_on) silence = now_on.error();
    if (time_.now() >= deadline && ++tries >= fewest_tries) break;
    // What does not answer a question is not told anything either: each of both takes its time-out.
    if (now_on && commands < most_commands && time_.now() >= command_due) {
      auto give = [bmc = bmc_, on] { return bmc->command(on ? PowerVerb::on : PowerVerb::off); };
      Result<void> given = co_await offload(thread_, std::move(give));
      if (!given && given.error().kind == ErrorKind::input) co_return given.error();
      if (!given) spdlog::warn("{}", printable(given.error().message));
      refusal.reset();
      if (!given) refusal = given.error();
      ++commands;
      command_due = time_.now() + again_after;
      pause = first_pause;
    }
    co_await time_.sleep(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, longest_pause);
  }
  if (stop.stop_requested()) co_return stopped();
  const auto limit = human_duration(host_.power_limit);
  if (refusal || silence) co_return lab_error("{} (tried for {})", refusal ? refusal->message : silence->message, limit);
  co_return lab_error("cannot switch {} the power of host \"{}\": {} after the first of {} commands its BMC still says \"{}\"; raise "
                      "power_limit when it is slow",
                      state(on), host_.name, limit, commands, state(!on));
}

awaitable<Result<void>> HostPower::boot_from_network(std::stop_token stop) {
  const auto deadline = time_.now() + host_.power_limit;
  Error trouble;
  for (int tries = 0; tries < fewest_tries || time_.now() < deadline; ++tries) {
    if (stop.stop_requested()) co_return stopped();
    auto set = [bmc = bmc_, way = host_.netboot] { return bmc->set_boot_device(BootDevice::network, way); };
    Result<void> done = co_await offload(thread_, std::move(set));
    if (done) {
      Result<BootDevice> device = co_await boot_device();
      if (device && *device == BootDevice::network) co_return Result<void>{};
      trouble = device ? lab_error("cannot set the boot device of host \"{}\": its BMC accepts the network and does not keep it", host_.name)
                       : device.error();
    } else {
      trouble = done.error();
    }
    if (trouble.kind == ErrorKind::input) break;
    co_await time_.sleep(longest_pause);
  }
  co_return trouble;
}

awaitable<Result<void>> HostPower::interrupt() {
  auto give = [bmc = bmc_] { return bmc->command(PowerVerb::interrupt); };
  co_return co_await offload(thread_, std::move(give));
}

awaitable<Result<BootDevice>> HostPower::boot_device() {
  auto ask = [bmc = bmc_] { return bmc->boot_device(); };
  co_return co_await offload(thread_, std::move(ask));
}

awaitable<Result<std::map<std::string, std::string>>> HostPower::identity() {
  auto ask = [bmc = bmc_] { return bmc->identity(); };
  co_return co_await offload(thread_, std::move(ask));
}

}  // namespace klab
