// SPDX-License-Identifier: GPL-3.0-or-later
// How long pages take: asks ADDRESS:PORT for each path on standard input, one after the other on one connection, and
// prints the median, the 99th percentile, the longest, and the bytes of a page.
//   klab_page_times PORT NAME <PATHS
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <chrono>
#include <iostream>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace http = boost::beast::http;

int main(int argc, char** argv) {
  if (argc < 3) return 64;
  asio::io_context io;
  asio::ip::tcp::socket socket(io);
  socket.connect({asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::stoi(argv[1]))});
  socket.set_option(asio::ip::tcp::no_delay(true));
  boost::beast::flat_buffer buffer;
  std::vector<double> times;
  std::size_t bytes = 0, failed = 0;
  for (std::string path; std::getline(std::cin, path);) {
    http::request<http::empty_body> request{http::verb::get, path, 11};
    request.set(http::field::host, fmt::format("127.0.0.1:{}", argv[1]));
    request.keep_alive(true);
    const auto begun = std::chrono::steady_clock::now();
    http::write(socket, request);
    http::response_parser<http::string_body> response;
    response.body_limit(std::uint64_t{256} << 20);
    http::read(socket, buffer, response);
    times.push_back(std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun).count());
    bytes += response.get().body().size();
    if (response.get().result() != http::status::ok) ++failed;
  }
  if (times.empty()) return 1;
  std::sort(times.begin(), times.end());
  const auto at = [&](double part) { return times[std::min(times.size() - 1, static_cast<std::size_t>(part * static_cast<double>(times.size())))]; };
  fmt::print("{:28} {:5} requests  p50 {:8.2f} ms  p99 {:8.2f} ms  longest {:8.2f} ms  {:7} bytes{}\n", argv[2], times.size(), at(0.5), at(0.99),
             times.back(), bytes / times.size(), failed ? fmt::format("  {} FAILED", failed) : std::string());
  return failed ? 1 : 0;
}
