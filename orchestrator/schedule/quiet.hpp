// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <chrono>
#include <memory>
#include <stop_token>

#include "pipeline/bell.hpp"
#include "schedule/leases.hpp"

namespace klab {

// Resumes when no guest is being measured on the local machine, so that what fetches, bisects or computes there does
// not disturb it. While the value is held no measurement begins there; so hold it for one piece of work, and wait for
// nobody meanwhile. Null: `stop` was requested. It looks again at every ring of the bell, and after `limit` even if
// none came. One measurement ends before the next begins, and the bell rings between: nobody waits for more than
// one, on either side. Reactor thread. A test has `limit` short.
//
//   const auto quiet = co_await local_quiet(lab_.bell, queue_.leases(), stop);
//   if (!quiet) co_return Result<void>{};
boost::asio::awaitable<std::shared_ptr<const void>> local_quiet(Bell& bell, const Leases& leases, std::stop_token stop,
                                                                std::chrono::milliseconds limit = std::chrono::seconds(5));

}  // namespace klab
