// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/json/object.hpp>

#include "model/profile.hpp"

namespace klab::report {

// {reference, patched: {label, boot, trouble, waits, cases: [{workload, case, method, hz, samples, user, idle,
// runner, other, lost, symbols: [{symbol, module, samples}]}]}}
boost::json::object profile_object(const ContrastProfile& profile);

}  // namespace klab::report
