// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>
#include <filesystem>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "build/lock.hpp"
#include "util/result.hpp"

namespace klab {

enum class LayerMode {
  probe,         // the first of the others that works here
  overlay,       // overlayfs, as root
  overlay_user,  // overlayfs in a user namespace, as an ordinary user
  copy,          // cp -a, where overlayfs does not mount
};

// A source tree as one build sees it: read-only layers below, changes in a directory of its own.
struct Workspace {
  std::filesystem::path directory;  // building/<key>; everything below is inside
  LayerMode mode = LayerMode::copy;
  std::vector<std::filesystem::path> lower;  // topmost first; empty in copy mode
  std::filesystem::path upper;               // what the build adds; in copy mode the whole tree
  std::filesystem::path work;                // overlayfs's own
  std::filesystem::path merged;              // where the tree appears; in copy mode the same as upper
  std::filesystem::path out;                 // results, outside the tree
};

// argv that runs `inner` with the workspace mounted at `merged`: in a mount namespace of its own, so
// that nothing stays mounted whatever becomes of the process. Without layers it is `inner` itself.
std::vector<std::string> mounted_command(const Workspace& workspace, const std::vector<std::string>& inner);

// The same for a finished stack, read-only.
std::vector<std::string> mounted_read_only_command(LayerMode mode,
                                                   const std::vector<std::filesystem::path>& lower,
                                                   const std::filesystem::path& merged,
                                                   const std::vector<std::string>& inner);

// Source and object trees under the cache directory: sources/, layers/ and building/. Large removals
// happen on a thread of its own. One reactor thread; callers see to it that one key is built once at
// a time.
class Layers {
 public:
  Layers(std::filesystem::path cache_directory, LayerMode mode);

  // Clears away what interrupted builds left, once. Only under the lock of the cache and before anything else
  // of this process is there: what is there is then nobody's.
  boost::asio::awaitable<void> sweep();

  // Mounts once to find out, then remembers. A cache directory whose name overlayfs cannot take (a colon, a comma, a backslash) means copy.
  boost::asio::awaitable<Result<LayerMode>> mode(std::stop_token stop);

  // sources/<commit>, extracted on first use and compared with its listing once a process; what has
  // changed is extracted again, and `log` says so.
  boost::asio::awaitable<Result<std::filesystem::path>> source(std::filesystem::path object_store,
                                                               std::string commit, std::filesystem::path log,
                                                               std::stop_token stop);

  // An empty workspace over the stack; what an interrupted build left under this key is thrown away.
  boost::asio::awaitable<Result<Workspace>> begin(std::string key, std::vector<std::filesystem::path> lower,
                                                  std::stop_token stop);
  // Keeps what the build added as layers/<key>; the rest of the workspace stays until discard().
  boost::asio::awaitable<Result<void>> keep(Workspace workspace, std::string key);
  boost::asio::awaitable<void> discard(std::filesystem::path directory);

  std::optional<std::filesystem::path> kept(const std::string& key) const;  // layers/<key> when it is there

 private:
  std::filesystem::path directory_;
  CoroutineLock preparing_;
  bool swept_ = false;
  std::set<std::string> sound_;  // commits whose source has been looked at
  LayerMode mode_;
  unsigned discarded_ = 0;
  boost::asio::thread_pool disk_{1};
};

}  // namespace klab
