// SPDX-License-Identifier: GPL-3.0-or-later
#include "pipeline/host_now.hpp"

#include "build/recipe.hpp"
#include "pipeline/trend_data.hpp"

namespace klab {
namespace asio = boost::asio;

asio::awaitable<HostNow> host_now(Lab& lab, std::string machine, Architecture architecture, std::stop_token stop) {
  HostNow now;
  const auto found = lab.machines.find(machine);
  if (found != lab.machines.end() && found->second->spec().driver != "ipmi") {
    auto asked = co_await found->second->fingerprint();
    if (asked) now.fingerprint = std::move(*asked);
    now.whole = asked.has_value();
  }
  auto tools = co_await toolchain(architecture, stop);
  if (tools) now.fingerprint.facts["compiler"] = tools->compiler;
  now.whole = now.whole && tools.has_value();
  co_return now;
}

Result<std::string> change_since(Lab& lab, const std::string& fingerprint, const HostNow& now) {
  if (fingerprint.empty() || now.fingerprint.digest() == fingerprint) return std::string();
  auto before = lab.trends.host_facts(fingerprint);
  if (!before) return before.error();
  if (now.whole) return host_change(*before, now.fingerprint.facts);
  const auto then = before->find("compiler");
  const auto today = now.fingerprint.facts.find("compiler");
  if (then == before->end() || today == now.fingerprint.facts.end() || then->second == today->second) return std::string();
  return host_change({{then->first, then->second}}, {{today->first, today->second}});
}

}  // namespace klab
