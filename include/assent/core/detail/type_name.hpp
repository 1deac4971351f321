// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_TYPE_NAME_HPP
#define ASSENT_CORE_DETAIL_TYPE_NAME_HPP

#include <assent/config.hpp>

#include <cstddef>
#include <string_view>

namespace assent::inline ASSENT_ABI::detail {

template <class T> constexpr std::string_view signature_with() noexcept { return ASSENT_SIGNATURE; }

/// The name of a type as the compiler spells it, without run-time type information; empty where the compiler does
/// not tell.
template <class T> constexpr std::string_view type_name() noexcept {
    // What stands around the type is the same for every type.
    constexpr std::string_view known = "long double";
    constexpr std::string_view sample = signature_with<long double>();
    constexpr std::size_t before = sample.find(known);
    if constexpr (before == std::string_view::npos) {
        return {};
    } else {
        const std::string_view all = signature_with<T>();
        return all.substr(before, all.size() - (sample.size() - known.size()));
    }
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
