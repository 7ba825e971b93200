// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstddef>
#include <optional>
#include <stop_token>
#include <vector>

#include "build/apply.hpp"
#include "build/job.hpp"
#include "build/manifest.hpp"

namespace klab {

// A finished kernel of another commit, over whose objects a commit can be built.
struct Neighbour {
  Manifest built;
  AppliedSeries changes;  // from its commit to the wanted one
};

// Where more files differ, little of the other's objects would be left.
inline constexpr std::size_t kMostChangedFiles = 5000;

// So many with the right configuration are compared: a comparison takes git some ten milliseconds.
inline constexpr std::size_t kMostNeighbours = 16;

// Of `kept`, looked at in that order, the kernel without patches that was built from nothing, with the job's
// configuration, architecture and compiler, of a commit that is in the job's object store and from which the fewest
// files differ. Only such as were built from nothing, so that a bisect does not pile up layers. None where git cannot tell.
//
// What make cannot see it does not build again here either, as with a series: a new header that hides another of the same
// name, a link that points elsewhere, a tool of the last linking step that alone has changed.
boost::asio::awaitable<std::optional<Neighbour>> nearest_neighbour(const BuildJob& job, std::vector<Manifest> kept,
                                                                   std::stop_token stop);

}  // namespace klab
