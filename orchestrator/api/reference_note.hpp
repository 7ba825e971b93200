// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>
#include <vector>

#include "model/matrix.hpp"
#include "pipeline/lab.hpp"

namespace klab {

// What is to be said of a pinned reference that does not stay the same, which cuts every trend: that it was several
// commits in its newest nights under the same name, or else that its name is a branch's. Empty: neither is known.
// `nights`: newest first.
boost::asio::awaitable<Result<std::string>> reference_note(Lab& lab, MatrixSource reference, std::vector<Night> nights);

}  // namespace klab
