// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_STATUS_HPP
#define ASSENT_CORE_STATUS_HPP

#include <assent/config.hpp>

#include <concepts>
#include <system_error>
#include <type_traits>

namespace assent::inline ASSENT_ABI {

/// Says which values of a status type agree. Specialise it for a type of your own:
///   static bool agrees(const S&) noexcept;   whether the value agrees
///   static S agreed();                       a value that agrees
/// Out of the box: bool, signed integers (agree unless negative, as system status codes do),
/// std::error_code (no error agrees), and expected-like types (has_value() agrees).
template <class S> struct status_traits;

template <> struct status_traits<bool> {
    static constexpr bool agrees(bool s) noexcept { return s; }
    static constexpr bool agreed() noexcept { return true; }
};

template <std::signed_integral S> struct status_traits<S> {
    static constexpr bool agrees(S s) noexcept { return s >= 0; }
    static constexpr S agreed() noexcept { return 0; }
};

template <> struct status_traits<std::error_code> {
    static bool agrees(const std::error_code& s) noexcept { return !s; }
    static std::error_code agreed() noexcept { return {}; }
};

namespace detail {
template <class S>
concept expected_like = std::default_initializable<S> && requires(const S& s) {
    { s.has_value() } -> std::convertible_to<bool>;
    s.error();
};
} // namespace detail

template <detail::expected_like S> struct status_traits<S> {
    static constexpr bool agrees(const S& s) noexcept { return s.has_value(); }
    static constexpr S agreed() { return S(); }
};

/// What a participant answers with.
template <class S>
concept status = std::movable<S> && std::copy_constructible<S> && requires(const S& s) {
    { status_traits<S>::agrees(s) }
    noexcept->std::same_as<bool>;
    { status_traits<S>::agreed() } -> std::convertible_to<S>;
};

} // namespace assent::inline ASSENT_ABI

#endif
