// SPDX-License-Identifier: GPL-3.0-or-later
#include <boost/asio/experimental/awaitable_operators.hpp>

#include "machine/ipmi/console_line.hpp"
#include "machine/ipmi/ipmi_machine.hpp"
#include "machine/ipmi/power.hpp"
#include "util/text.hpp"

namespace klab {
namespace asio = boost::asio;
using asio::awaitable;

namespace {

constexpr std::chrono::seconds console_patience{15};

// A message of ours ends in its remedy.
ProbeFinding bad(std::string subject, const Error& error) {
  const auto semicolon = error.message.rfind("; ");
  if (semicolon == std::string::npos) return {std::move(subject), false, error.message, "see the BMC's own pages"};
  return {std::move(subject), false, error.message.substr(0, semicolon), error.message.substr(semicolon + 2)};
}

awaitable<Result<void>> open_and_close(ConsoleLine& line) {
  Result<void> opened = co_await line.open();
  co_return opened;
}

awaitable<ProbeFinding> probe_console(asio::any_io_executor executor, const MachineSpec& spec, const HostSpec& host) {
  using namespace asio::experimental::awaitable_operators;
  asio::thread_pool workers(1);
  auto line = make_console_line(executor, host, console_speed(spec), workers);
  asio::steady_timer patience(executor, console_patience);
  auto opening = open_and_close(*line);
  auto waiting = patience.async_wait(asio::use_awaitable);
  auto first = co_await (std::move(opening) || std::move(waiting));
  line->close();
  workers.join();
  const char* subject = host.console == ConsoleWay::sol ? "serial over LAN" : "console";
  if (first.index() == 1)
    co_return ProbeFinding{subject, false, fmt::format("does not open within {} s", console_patience.count()),
                           "look whether another session holds it"};
  const Result<void>& opened = std::get<0>(first);
  if (!opened) co_return bad(subject, opened.error());
  co_return ProbeFinding{subject, true, "opens", {}};
}

}  // namespace

awaitable<std::vector<ProbeFinding>> probe_host(asio::any_io_executor executor, const MachineSpec& spec, const HostSpec& host,
                                                HostPower& power, const NetbootConfig& netboot) {
  std::vector<ProbeFinding> findings;
  Result<bool> on = co_await power.is_on();
  if (!on) {
    findings.push_back(bad("power state", on.error()));
  } else {
    findings.push_back({"power state", true, *on ? "on" : "off", {}});
    Result<std::map<std::string, std::string>> identity = co_await power.identity();
    if (identity)
      findings.push_back({"BMC", true, fmt::format("manufacturer {}, product {}, firmware {}", identity->at("bmc manufacturer"),
                                                   identity->at("bmc product"), identity->at("bmc firmware")), {}});
    else findings.push_back(bad("BMC", identity.error()));
    Result<BootDevice> device = co_await power.boot_device();
    if (device)
      findings.push_back({"boot flags", true, *device == BootDevice::network ? "network next" : *device == BootDevice::none ? "no override" : "another device next", {}});
    else findings.push_back(bad("boot flags", device.error()));
    // A console at which the same login fails would only say the same again.
    ProbeFinding console = co_await probe_console(executor, spec, host);
    findings.push_back(std::move(console));
  }
  if (netboot.listen.empty())
    findings.push_back({"netboot", false, "klabd serves no kernels", "give [netboot] listen = \"ADDRESS:PORT\" in klab.toml"});
  else
    findings.push_back({"netboot", true, fmt::format("served on {}{}", netboot.listen, netboot.dnsmasq ? ", DHCP by klabd's own dnsmasq" : ", DHCP is the site's"), {}});
  co_return findings;
}

}  // namespace klab
