// SPDX-License-Identifier: GPL-3.0-or-later
#include "machine/dnsmasq.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "machine/orphans.hpp"
#include "util/file.hpp"
#include "util/process.hpp"
#include "util/text.hpp"
#include "util/timekeeper.hpp"

namespace klab {

std::string dnsmasq_configuration(const NetbootConfig& netboot, const std::map<std::string, HostSpec>& hosts,
                                  const std::filesystem::path& loaders) {
  const auto comma = netboot.dhcp_range.find(',');
  std::string out = fmt::format(
      "# Written by klabd at every start.\n"
      "port=0\n"
      "interface={0}\n"
      "bind-interfaces\n"
      "except-interface=lo\n"
      "leasefile-ro\n"
      "no-ping\n"
      "no-hosts\n"
      "no-resolv\n"
      "quiet-dhcp\n"
      "quiet-ra\n"
      "dhcp-authoritative\n"
      "dhcp-range={1},{2},1h\n"
      // Only those named below; iPXE asks for an IPv6 router too and waits 16 s when there is none.
      "dhcp-ignore=tag:!known\n"
      "dhcp-range=::,constructor:{0},ra-only,64\n"
      "enable-ra\n"
      "ra-param={0},10,0\n"
      "enable-tftp={0}\n"
      "tftp-root={3}\n"
      "dhcp-match=set:ipxe,175\n"
      "dhcp-match=set:uefi,option:client-arch,7\n"
      "dhcp-match=set:uefi,option:client-arch,9\n"
      "dhcp-boot=tag:!ipxe,tag:!uefi,undionly.kpxe\n"
      "dhcp-boot=tag:!ipxe,tag:uefi,snponly.efi\n"
      "dhcp-boot=tag:ipxe,http://{4}/netboot/boot.ipxe\n"
      // iPXE does not wait for proxies.
      "dhcp-option=encap:175,176,1b\n",
      netboot.interface, netboot.dhcp_range.substr(0, comma), netboot.dhcp_range.substr(comma + 1), loaders.string(), netboot.listen);
  for (const auto& [name, host] : hosts)
    out += fmt::format("dhcp-host={}{}{}\n", host.mac, host.address.empty() ? "" : "," + host.address, ",set:known");
  return out;
}

boost::asio::awaitable<void> keep_dnsmasq(NetbootConfig netboot, std::map<std::string, HostSpec> hosts, std::filesystem::path state,
                                          std::stop_token stop) {
  const auto file = state / "dnsmasq.conf";
  auto written = write_file_atomic(file, dnsmasq_configuration(netboot, hosts, "/usr/lib/ipxe"));
  if (!written) {
    spdlog::error("{}", written.error().message);
    co_return;
  }
  // It gives up our user and with it the signal of our death: one of a killed klabd may still hold the port.
  const std::string word = "--conf-file=" + file.string();
  if (!kill_by_word("dnsmasq", word).empty()) spdlog::warn("netboot: a dnsmasq of a former life of this lab killed");
  RealTime time;
  std::chrono::milliseconds pause{500};
  while (!stop.stop_requested()) {
    ProcessSpec spec;
    // In the foreground: it must end with us, and say why when it cannot run.
    spec.argv = {"dnsmasq", "--keep-in-foreground", "--log-facility=-", "--pid-file=", "--user=nobody", word};
    spec.merge_stderr = true;
    spec.network_capabilities = true;
    // Only the end, and in no file: how much it says is up to the hosts, whose kernels are not trusted.
    spec.output_limit = 16384;
    const auto began = time.now();
    auto ended = co_await run_process(std::move(spec), stop);
    if (stop.stop_requested()) break;
    if (time.now() - began > std::chrono::minutes(1)) pause = std::chrono::milliseconds(500);
    if (ended)
      spdlog::error("dnsmasq ended with {}: {}; hosts get no answer to DHCP until it runs again", ended->describe(),
                    printable(tail(ended->out, 1)));
    else
      spdlog::error("{}; hosts get no answer to DHCP; install the package dnsmasq-base or set [netboot] dnsmasq = false",
                    ended.error().message);
    co_await time.sleep(pause);
    pause = std::min<std::chrono::milliseconds>(pause * 2, std::chrono::seconds(30));
  }
}

}  // namespace klab
