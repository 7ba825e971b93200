// SPDX-License-Identifier: GPL-3.0-or-later
#include "report/profile_json.hpp"

#include <boost/json.hpp>

namespace klab::report {
namespace json = boost::json;
namespace {

json::object case_object(const CaseProfile& profile) {
  json::array symbols;
  for (const auto& s : profile.symbols) symbols.push_back({{"symbol", s.symbol}, {"module", s.module}, {"samples", s.samples}});
  return {{"workload", profile.workload}, {"case", profile.case_name}, {"method", profile.method}, {"hz", profile.hz},
          {"samples", profile.samples},   {"user", profile.user},      {"idle", profile.idle},     {"runner", profile.runner},
          {"other", profile.other},       {"lost", profile.lost},      {"symbols", std::move(symbols)}};
}

json::object arm_object(const ArmProfile& arm) {
  json::array cases;
  for (const auto& profile : arm.cases) cases.push_back(case_object(profile));
  return {{"label", arm.label}, {"boot", arm.boot}, {"trouble", arm.trouble}, {"waits", arm.waits}, {"cases", std::move(cases)}};
}

}  // namespace

json::object profile_object(const ContrastProfile& profile) {
  return {{"reference", arm_object(profile.reference)}, {"patched", arm_object(profile.patched)}};
}

}  // namespace klab::report
