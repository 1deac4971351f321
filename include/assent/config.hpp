// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CONFIG_HPP
#define ASSENT_CONFIG_HPP

// The only header that looks at the compiler, the platform or a configuration macro. Everything else
// uses the constants and the few keywords-like macros defined here.

#include <assent/version.hpp>

#include <cstddef>

#if defined(__cpp_exceptions)
#include <exception>
#endif

namespace assent::inline ASSENT_ABI::config {

#if defined(__SANITIZE_THREAD__)
inline constexpr bool thread_sanitizer = true;
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
inline constexpr bool thread_sanitizer = true;
#else
inline constexpr bool thread_sanitizer = false;
#endif
#else
inline constexpr bool thread_sanitizer = false;
#endif

/// Whether unregistering may interrupt the process's other threads with a system call (membarrier,
/// FlushProcessWriteBuffers) where there is one. Define ASSENT_NO_ASYMMETRIC_FENCE where that must not be: under a
/// filter that kills who calls it, or beside threads that bear no interruption. Every publication of a
/// notification is then followed by a full fence. Must be the same throughout a program or shared library;
/// shared libraries built differently may pass dispatchers to each other: the domain says which kind it has.
#if defined(ASSENT_NO_ASYMMETRIC_FENCE)
inline constexpr bool asymmetric_fence = false;
#else
inline constexpr bool asymmetric_fence = true;
#endif

/// Debug builds detect precondition violations that would cost time otherwise. Changes no layout, so
/// translation units with and without NDEBUG may be mixed.
#if defined(NDEBUG)
inline constexpr bool debug_checks = false;
#else
inline constexpr bool debug_checks = true;
#endif

#if defined(__cpp_exceptions)
inline constexpr bool exceptions = true;
#else
inline constexpr bool exceptions = false;
#endif

/// What thread-private hot data is aligned to. A literal: std::hardware_destructive_interference_size
/// depends on compiler flags and would change the layout with them.
inline constexpr std::size_t cache_line = 64;

} // namespace assent::inline ASSENT_ABI::config

// With exceptions disabled `try` does not compile, in templates neither: these stand for it.
#if defined(__cpp_exceptions)
#define ASSENT_TRY try
#define ASSENT_CATCH_ALL catch (...)
#define ASSENT_RETHROW throw
#define ASSENT_THROW(exception) throw exception
#else
#define ASSENT_TRY if constexpr (true)
#define ASSENT_CATCH_ALL if constexpr (false)
#define ASSENT_RETHROW static_cast<void>(0)
#define ASSENT_THROW(exception) static_cast<void>(0)
#endif

#if defined(__GNUC__)
#define ASSENT_NOINLINE [[gnu::noinline]]
#define ASSENT_COLD [[gnu::noinline, gnu::cold]]
// Behind the parameters of a lambda, too, where C++20 takes no attribute of a function.
#define ASSENT_INLINED __attribute__((always_inline))
#else
#define ASSENT_NOINLINE
#define ASSENT_COLD
#define ASSENT_INLINED
#endif

// Whoever calls a function declared with this gets the message as an error at the place of the call. Other
// compilers warn, and the call ends the program.
#if defined(__clang__) || (defined(__GNUC__) && __GNUC__ >= 12)
#define ASSENT_UNAVAILABLE(message) __attribute__((unavailable(message)))
#else
#define ASSENT_UNAVAILABLE(message) [[deprecated(message)]]
#endif

// The signature of the function it stands in, template arguments included. ISO's __func__ has only the name.
#if defined(__GNUC__)
#define ASSENT_SIGNATURE __PRETTY_FUNCTION__
#else
#define ASSENT_SIGNATURE __func__
#endif

// One copy per shared library, on purpose: default visibility would make g++ emit unique symbols, and
// a library that defines one is never unloaded by dlclose.
#if defined(__GNUC__) && defined(__ELF__)
#define ASSENT_HIDDEN [[gnu::visibility("hidden")]]
#else
#define ASSENT_HIDDEN
#endif

#if defined(__linux__)
#define ASSENT_HAS_MEMBARRIER 1
#else
#define ASSENT_HAS_MEMBARRIER 0
#endif

#if defined(_WIN32)
#define ASSENT_HAS_WIN32 1
#else
#define ASSENT_HAS_WIN32 0
#endif

#endif
