# SPDX-License-Identifier: Apache-2.0
# tally_add_test(NAME [SOURCES file...] [LIBS target...] [LABELS label...] [TIMEOUT seconds])
#
# One executable NAME from SOURCES (default: NAME.cpp in the current folder) with the
# Catch2 main that Debian ships compiled. Every TEST_CASE becomes one ctest test named "NAME/case".
# Names may hold commas, balanced brackets, % and parentheses; a semicolon, a double quote, a
# backslash, an unbalanced bracket or a leading star makes the test fail loudly ("No tests ran").
find_package(Catch2 2 REQUIRED)
find_package(Threads REQUIRED)
include(Catch)

function(tally_add_test name)
  cmake_parse_arguments(arg "" "TIMEOUT" "SOURCES;LIBS;LABELS" ${ARGN})
  if(NOT arg_SOURCES)
    set(arg_SOURCES ${name}.cpp)
  endif()
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 600)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  add_executable(${name} ${arg_SOURCES})
  target_compile_options(${name} PRIVATE -Wall -Wextra)
  target_link_libraries(${name} PRIVATE ${arg_LIBS} Catch2::Catch2WithMain Threads::Threads)
  # "-w NoTests": Catch2 v2 exits 0 when a name matches no test, and ctest would call that a pass.
  catch_discover_tests(${name}
    TEST_PREFIX "${name}/"
    WORKING_DIRECTORY ${PROJECT_SOURCE_DIR}
    EXTRA_ARGS -w NoTests
    PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
