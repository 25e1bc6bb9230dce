# One place for the flags of every target of ours.

# Warnings, sanitizers and include paths.  `NO_TSAN` keeps a target out of ThreadSanitizer's instrumentation: the
# simulated world hands one baton from thread to thread, and an instrumented baton would hide every race behind it; and the
# rest of the simulator relies on that baton where a program would need locks.
function(carafe_target target)
  cmake_parse_arguments(ARG "NO_TSAN" "" "" ${ARGN})
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/sim)
  target_compile_options(${target} PRIVATE
    -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Wstrict-prototypes -Wmissing-prototypes)
  # Under ThreadSanitizer the simulator finds the server in a library of its own (sim/CMakeLists.txt).
  if(NOT CARAFE_SANITIZE STREQUAL "thread")
    target_compile_options(${target} PRIVATE -fvisibility=hidden)
  endif()
  # The macros of librdkafka hold statement expressions; in our own code gcc still refuses them.
  target_compile_options(${target} PRIVATE $<$<C_COMPILER_ID:Clang>:-Wno-gnu-statement-expression>)
  if(CARAFE_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CARAFE_SANITIZE STREQUAL "address")
    target_compile_options(${target} PRIVATE -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer)
    target_link_options(${target} PRIVATE -fsanitize=address,undefined)
  elseif(CARAFE_SANITIZE STREQUAL "thread")
    if(NOT ARG_NO_TSAN)
      target_compile_options(${target} PRIVATE -fsanitize=thread -fno-omit-frame-pointer)
    endif()
    target_link_options(${target} PRIVATE -fsanitize=thread)
  endif()
  if(CARAFE_COVERAGE)
    target_compile_options(${target} PRIVATE --coverage -fprofile-update=atomic)
    # Programs that end by _exit write down by themselves what they counted, where this function is there.
    target_link_options(${target} PRIVATE --coverage -Wl,--undefined=__gcov_dump)
  endif()
endfunction()

# A cmocka test program, run by ctest under its own name.  A program that loads librdkafka needs the label `rdkafka`:
# ThreadSanitizer runs only ksim with it (sim/thread_sanitizer.c).
function(carafe_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LIBRARIES;LABELS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  carafe_target(${name})
  target_link_libraries(${name} PRIVATE ${ARG_LIBRARIES} PkgConfig::CMOCKA Threads::Threads)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT 300 LABELS "${ARG_LABELS}")
endfunction()
