// SPDX-License-Identifier: BSL-1.0
// UNLOAD_LIBRARY is the path of unload_library.cpp as a shared library with a copy of the library's code.
#include <assent/dispatch/dispatcher.hpp>

#include "gate.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <vector>

#if defined(_WIN32)
#include <windows.h> // after the library's own declarations of the system
#else
#include <dlfcn.h>
#endif

using namespace test_support;

#if !defined(_WIN32)
// LeakSanitizer's, if it is there.
extern "C" [[gnu::weak]] void __lsan_disable();
extern "C" [[gnu::weak]] void __lsan_enable();
#endif

namespace {

/// What is allocated meanwhile may stay: a library that is unloaded leaves its default domain behind, with nothing
/// that points to it (domain::by_default()).
class left_behind {
public:
#if !defined(_WIN32)
    left_behind() {
        if (__lsan_disable != nullptr) __lsan_disable();
    }
    ~left_behind() {
        if (__lsan_enable != nullptr) __lsan_enable();
    }
#else
    left_behind() {}
#endif
    left_behind(const left_behind&) = delete;
    left_behind& operator=(const left_behind&) = delete;
};

#if defined(_WIN32)
class shared_library {
public:
    shared_library() : handle_(LoadLibraryA(UNLOAD_LIBRARY)) {}
    bool loaded() const { return handle_ != nullptr; }
    template <class Function> Function* find(const char* name) const {
        return reinterpret_cast<Function*>(reinterpret_cast<void*>(GetProcAddress(handle_, name)));
    }
    void unload() { CHECK(FreeLibrary(handle_) != 0); }
    static bool in_memory() { return GetModuleHandleA(UNLOAD_LIBRARY) != nullptr; }

private:
    HMODULE handle_;
};
#else
class shared_library {
public:
    shared_library() : handle_(dlopen(UNLOAD_LIBRARY, RTLD_NOW | RTLD_LOCAL)) {}
    bool loaded() const { return handle_ != nullptr; }
    template <class Function> Function* find(const char* name) const {
        return reinterpret_cast<Function*>(dlsym(handle_, name));
    }
    void unload() { CHECK(dlclose(handle_) == 0); }
    static bool in_memory() {
        void* const there = dlopen(UNLOAD_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
        if (there != nullptr) dlclose(there); // asking counts as a use
        return there != nullptr;
    }

private:
    void* handle_;
};
#endif

} // namespace

TEST_CASE("G14 a library that was notified in is unloaded, and threads that it knew end after it is gone") {
    for (int round = 0; round < 3; ++round) {
        shared_library library;
        REQUIRE(library.loaded());
        CHECK(shared_library::in_memory());
        auto* const in_library = library.find<int(int)>("notifies");
        const auto notifies = [in_library](int depth) {
            const left_behind here;
            return in_library(depth);
        };
        auto* const records = library.find<int()>("records");
        REQUIRE((in_library != nullptr));
        REQUIRE((records != nullptr));

        // Threads that end while it is there give their records back.
        for (int i = 0; i < 20; ++i) {
            runner([&] { CHECK(notifies(3) == 3); }).join();
        }
        CHECK(records() <= 2);

        gate unloaded{"library unloaded"};
        gate used[3];
        std::vector<std::unique_ptr<runner>> threads;
        for (gate& mine : used)
            threads.push_back(std::make_unique<runner>([&] {
                CHECK(notifies(5) == 5);
                mine.open();
                unloaded.wait();
            }));
        for (gate& one : used) one.wait();
        CHECK(notifies(7) == 7);
        library.unload();
        CHECK(!shared_library::in_memory());
        unloaded.open();
        threads.clear(); // each ends, and nothing calls into what was the library
    }
}
