// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_WINDOWS_DDK_STANDARD_HEADERS_FIRST_H
#define ASSENT_WINDOWS_DDK_STANDARD_HEADERS_FIRST_H

#ifdef __cplusplus
extern "C++" {
#include <algorithm>
#include <istream>
#include <locale>
#include <memory>
#include <ostream>
#include <random>
#include <ranges>
#include <regex>
#include <span>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
}
#endif

#endif
