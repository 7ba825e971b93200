# SPDX-License-Identifier: GPL-3.0-or-later
# The targets are plain C++: tests/fuzz links them all and replays the corpus. The programs fuzz_<target>
# need clang's libFuzzer and exist under the preset "fuzz" alone.

# klab_fuzz_target(<target> <rooms it reads with...>)
function(klab_fuzz_target target)
  add_library(klab_fuzz_${target} OBJECT EXCLUDE_FROM_ALL fuzz/${target}.cpp)
  target_link_libraries(klab_fuzz_${target} PUBLIC klab_options ${ARGN})
  target_compile_definitions(klab_fuzz_${target} PRIVATE KLAB_SOURCE_ROOT="${PROJECT_SOURCE_DIR}")
  if(KLAB_FUZZ)
    add_executable(fuzz_${target} EXCLUDE_FROM_ALL fuzz/entry.cpp fuzz/target.cpp)
    target_link_libraries(fuzz_${target} PRIVATE klab_fuzz_${target} -fsanitize=fuzzer)
    target_compile_definitions(fuzz_${target} PRIVATE KLAB_FUZZ_TARGET=${target})
    set_target_properties(fuzz_${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/fuzz)
  endif()
endfunction()

klab_fuzz_target(mail klab_intake)
klab_fuzz_target(subject klab_intake)
klab_fuzz_target(diff klab_intake)
klab_fuzz_target(frames klab_workload)
klab_fuzz_target(toml klab_config klab_workload)
klab_fuzz_target(console klab_console)
klab_fuzz_target(request klab_model)
klab_fuzz_target(csv klab_stats klab_report)
klab_fuzz_target(http klab_api)
if(KLAB_FUZZ)
  # Before the archive that has the real one.
  target_sources(fuzz_mail PRIVATE fuzz/git_stub.cpp)
  target_sources(fuzz_http PRIVATE fuzz/git_stub.cpp)
endif()
if(KLAB_TESTS)
  klab_tests(fuzz klab_fuzz_mail klab_fuzz_subject klab_fuzz_diff klab_fuzz_frames klab_fuzz_toml klab_fuzz_console
    klab_fuzz_request klab_fuzz_csv klab_fuzz_http)
  target_sources(test_fuzz PRIVATE fuzz/target.cpp)
endif()
