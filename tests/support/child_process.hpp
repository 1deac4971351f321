// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_CHILD_PROCESS_HPP
#define ASSENT_TESTS_SUPPORT_CHILD_PROCESS_HPP

// A test of something that ends the program: the deadly part is a case of its own, decorated with
// doctest::skip(), and this runs it in a child process of the same executable.

#include <string>

#if defined(__linux__)
#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>
#elif defined(_WIN32)
#include <cstdio>
#include <cstdlib>
#endif

namespace test_support {

struct child_result {
    bool ran = false;     ///< false: cannot be done on this system
    bool passed = false;  ///< the case ran to its end and no check failed
    std::string output{}; ///< both streams
};

inline child_result run_case_in_child(const std::string& case_name) {
    child_result result;
#if defined(__linux__)
    char self[4096];
    const auto length = ::readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) return result;
    self[length] = '\0';
    const std::string command =
        "'" + std::string(self) + "' --no-skip --no-version --test-case='" + case_name + "' 2>&1";
    std::FILE* const pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr) return result;
    char part[512];
    while (std::fgets(part, sizeof part, pipe) != nullptr) result.output += part;
    const int status = ::pclose(pipe);
    result.ran = true;
    result.passed = WIFEXITED(status) && WEXITSTATUS(status) == 0;
#elif defined(_WIN32)
    // cmd takes away the outermost quotation marks.
    const std::string command =
        "\"\"" + std::string(_pgmptr) + "\" --no-skip --no-version \"--test-case=" + case_name + "\" 2>&1\"";
    std::FILE* const pipe = ::_popen(command.c_str(), "r");
    if (pipe == nullptr) return result;
    char part[512];
    while (std::fgets(part, sizeof part, pipe) != nullptr) result.output += part;
    result.ran = true;
    result.passed = ::_pclose(pipe) == 0;
#else
    static_cast<void>(case_name);
#endif
    return result;
}

} // namespace test_support

#endif
