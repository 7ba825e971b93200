// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <filesystem>
#include <stop_token>

#include "model/variant.hpp"
#include "util/result.hpp"

namespace klab {

// The initramfs without a job, made by images/build.sh under `cache`/images on first use and again
// whenever the recipe, its sources or busybox have changed. Only a finished image is ever
// seen: one that does not have its checksum is made again. For an architecture that is not the host's
// images/fetch-busybox.sh fetches the static busybox first, into `cache`/busybox, once.
boost::asio::awaitable<Result<std::filesystem::path>> guest_image(std::filesystem::path images,
                                                                  std::filesystem::path cache,
                                                                  Architecture architecture, std::stop_token stop);

}  // namespace klab
