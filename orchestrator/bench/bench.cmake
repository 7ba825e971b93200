# SPDX-License-Identifier: GPL-3.0-or-later
# Programs that measure growth; ./lab growth builds and runs them.
add_executable(klab_generate EXCLUDE_FROM_ALL bench/generate.cpp bench/generated_lab.cpp)
target_link_libraries(klab_generate PRIVATE klab_schedule)
add_executable(klab_page_times EXCLUDE_FROM_ALL bench/page_times.cpp)
target_link_libraries(klab_page_times PRIVATE klab_options)
add_executable(klab_scheduler_bench EXCLUDE_FROM_ALL bench/scheduler.cpp)
target_link_libraries(klab_scheduler_bench PRIVATE klab_schedule)
