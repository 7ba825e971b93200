// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <stop_token>
#include <string>

#include "pipeline/lab.hpp"

namespace klab {

// What a boot's fingerprint would be made of now, as far as it can be known without a boot.
struct HostNow {
  HostFingerprint fingerprint;
  bool whole = false;  // false: the compiler alone, because a host of its own would have to be asked, or is not chosen yet
};

// `machine`: a name, or labels. What cannot be found out is left out. Reactor thread.
boost::asio::awaitable<HostNow> host_now(Lab& lab, std::string machine, Architecture architecture, std::stop_token stop);

// How it differs from the host of this fingerprint: "compiler gcc 12 -> gcc 13". Empty: in nothing that is known.
Result<std::string> change_since(Lab& lab, const std::string& fingerprint, const HostNow& now);

}  // namespace klab
