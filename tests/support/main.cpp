// SPDX-License-Identifier: BSL-1.0
#define DOCTEST_CONFIG_IMPLEMENT
#include <doctest/doctest.h>

#include "skip.hpp"

#include <atomic>
#include <cstdio>

namespace {

std::atomic<unsigned> cases_run{0};
std::atomic<unsigned> cases_skipped{0};
std::atomic<bool> current_skipped{false};
std::atomic<const char*> current_name{""};

/// Counts what ran, so that a run which tested nothing cannot pass.
struct counter final : doctest::IReporter {
    explicit counter(const doctest::ContextOptions&) {}
    void report_query(const doctest::QueryData&) override {}
    void test_run_start() override {}
    void test_run_end(const doctest::TestRunStats&) override {}
    void test_case_start(const doctest::TestCaseData& data) override {
        current_name = data.m_name;
        current_skipped = false;
        ++cases_run;
    }
    void test_case_reenter(const doctest::TestCaseData&) override {}
    void test_case_end(const doctest::CurrentTestCaseStats&) override {
        if (current_skipped) ++cases_skipped;
    }
    void test_case_exception(const doctest::TestCaseException&) override {}
    void subcase_start(const doctest::SubcaseSignature&) override {}
    void subcase_end() override {}
    void log_assert(const doctest::AssertData&) override {}
    void log_message(const doctest::MessageData&) override {}
    void test_case_skipped(const doctest::TestCaseData&) override {}
};

DOCTEST_REGISTER_LISTENER("counter", 1, counter);

} // namespace

void test_support::skip(const char* reason) {
    current_skipped = true;
    std::printf("SKIPPED case: %s: %s\n", current_name.load(), reason);
    std::fflush(stdout);
}

int main(int argc, char** argv) {
    doctest::Context context;
    context.applyCommandLine(argc, argv);
    const int result = context.run();
    if (context.shouldExit()) return result; // a question such as --list-test-cases
    if (cases_run == 0) {
        std::fputs("no test case ran: an empty selection is not a pass\n", stderr);
        return 1;
    }
    std::printf("CASES run=%u skipped=%u\n", cases_run.load() - cases_skipped.load(), cases_skipped.load());
    if (result == 0 && cases_skipped == cases_run) return 77; // what meson calls a skipped test
    return result;
}
