// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <map>
#include <stop_token>
#include <string>

#include "model/host.hpp"
#include "util/result.hpp"

namespace klab {

// DHCP and TFTP for the lab's own hosts and nobody else: a site's other machines on that network are not
// answered. `loaders` has iPXE's binaries (undionly.kpxe, snponly.efi).
std::string dnsmasq_configuration(const NetbootConfig& netboot, const std::map<std::string, HostSpec>& hosts,
                                  const std::filesystem::path& loaders);

// Writes the configuration below `state` and keeps a dnsmasq running on it until `stop`; one that ends is
// logged with its words and started again, later each time. Reactor thread.
boost::asio::awaitable<void> keep_dnsmasq(NetbootConfig netboot, std::map<std::string, HostSpec> hosts, std::filesystem::path state,
                                          std::stop_token stop);

}  // namespace klab
